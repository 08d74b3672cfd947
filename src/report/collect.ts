// A streaming fold from a history to the data part of every scenario's report; verdicts and expectations are merged in by
// who judges, with `judgedScenario`. It sees each event once, in file order, and keeps what is open or under way only.

import type { HistoryEvent, HistoryHeader } from '../core/history.ts'
import type { ExpectationReport, ScenarioReport } from '../core/report-model.ts'
import { isPipeline } from '../core/scenario-record.ts'
import type { Verdict } from '../core/verdict.ts'
import type { DescribeFault } from './collect-faults.ts'
import { collectScenario, type ScenarioData } from './collect-scenario.ts'
import { collectPipeline } from './pipeline/collect.ts'
import { withFiguresOf } from './pipeline/figures-of-check.ts'

export interface Collection {
  observe(event: HistoryEvent): void
  /** In the order of the header's scenarios. To be called once. */
  finish(): readonly ScenarioData[]
}

/** `describeFault` gives a fault's `about`; fault kinds know it, and the one who wires things together passes it in. */
export function collectScenarios(header: HistoryHeader, describeFault?: DescribeFault): Collection {
  const folds = new Map(
    header.scenarios.map((scenario) => [
      scenario.name,
      isPipeline(scenario) ? collectPipeline(scenario, describeFault) : collectScenario(scenario, describeFault),
    ]),
  )
  return {
    observe(event) {
      if (event.scenario !== '') folds.get(event.scenario)?.observe(event)
      else for (const fold of folds.values()) fold.observe(event)
    },
    finish: () => [...folds.values()].map((fold) => fold.finish()),
  }
}

/** A scenario's data with what was judged of it. Where a check has counted the ledger, its figures are the report's. */
export function judgedScenario(
  data: ScenarioData,
  verdict: Verdict,
  expectations: readonly ExpectationReport[],
): ScenarioReport {
  const { pipeline, ...others } = data
  if (pipeline === undefined) return { ...others, verdict, expectations }
  return { ...others, verdict, expectations, pipeline: withFiguresOf(pipeline, expectations) }
}
