// What the live page shows of a run. Events are told as they come; what is shown is computed only when it is asked for.

import type { NewEvent } from '../../core/history.ts'
import type { ScenarioRecord } from '../../core/scenario-record.ts'
import { type LiveFigures, type LivePlan, type LiveScenario, liveScenario } from './live-scenario.ts'

export interface LiveState {
  /** A run begins; what was shown of another one is forgotten. */
  begin(run: { readonly records: readonly ScenarioRecord[]; readonly seed: string; readonly originMs: number }): void
  event(event: NewEvent): void
  plan(): { readonly seed: string; readonly scenarios: readonly LivePlan[] }
  /** Of all scenarios, or of those only that have changed since the last call. `nowMs` is monotonic. */
  figures(nowMs: number, which: 'all' | 'changed'): readonly LiveFigures[]
}

/** More could not be looked at, and would make every second costly. */
const scenariosMax = 200

export function liveState(): LiveState {
  let scenarios: ReadonlyMap<string, LiveScenario> = new Map()
  let seed = ''
  let originMs = 0
  return {
    begin(run) {
      seed = run.seed
      originMs = run.originMs
      scenarios = new Map(run.records.slice(0, scenariosMax).map((record) => [record.name, liveScenario(record)]))
    },
    event: (event) => scenarios.get(event.scenario)?.observe(event),
    plan: () => ({ seed, scenarios: [...scenarios.values()].map(({ plan }) => plan) }),
    figures: (nowMs, which) =>
      [...scenarios.values()]
        .filter((scenario) => which === 'all' || scenario.hasChanged())
        .map((scenario) => scenario.figures(nowMs - originMs)),
  }
}
