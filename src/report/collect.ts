// A streaming fold from a history to the data part of every scenario's report; verdicts and expectations are merged in by
// who judges. It sees each event once, in file order, and keeps open requests only.

import type { HistoryEvent, HistoryHeader } from '../core/history.ts'
import type { DescribeFault } from './collect-faults.ts'
import { collectScenario, type ScenarioData } from './collect-scenario.ts'

export interface Collection {
  observe(event: HistoryEvent): void
  /** In the order of the header's scenarios. To be called once. */
  finish(): readonly ScenarioData[]
}

/** `describeFault` gives a fault's `about`; fault kinds know it, and the one who wires things together passes it in. */
export function collectScenarios(header: HistoryHeader, describeFault?: DescribeFault): Collection {
  const folds = new Map(header.scenarios.map((scenario) => [scenario.name, collectScenario(scenario, describeFault)]))
  return {
    observe(event) {
      if (event.scenario !== '') folds.get(event.scenario)?.observe(event)
      else for (const fold of folds.values()) fold.observe(event)
    },
    finish: () => [...folds.values()].map((fold) => fold.finish()),
  }
}
