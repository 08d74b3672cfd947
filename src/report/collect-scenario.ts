// The fold of one mesh scenario's events into the data part of its report. It only wires the smaller folds together and knows
// when the scenario began and ended; requests reach the folds once everything about them is known.

import type { HistoryEvent } from '../core/history.ts'
import type { ScenarioReport } from '../core/report-model.ts'
import type { MeshScenario } from '../core/scenario-record.ts'
import { collectCallers } from './collect-callers.ts'
import { collectExamples } from './collect-examples.ts'
import { collectExemplars } from './collect-exemplars.ts'
import { collectFaults, type DescribeFault } from './collect-faults.ts'
import { collectFigures } from './collect-figures.ts'
import { collectGraph } from './collect-graph.ts'
import { collectHappenings } from './collect-happenings.ts'
import { openRequests } from './open-requests.ts'

export type ScenarioData = Omit<ScenarioReport, 'verdict' | 'expectations'>

export interface ScenarioFold {
  observe(event: HistoryEvent): void
  finish(): ScenarioData
}

export function collectScenario(scenario: MeshScenario, describeFault?: DescribeFault): ScenarioFold {
  const figures = collectFigures(scenario.durationMs)
  const faults = collectFaults(scenario.faults, describeFault)
  const graph = collectGraph(scenario)
  const happenings = collectHappenings()
  const examples = collectExamples()
  const callers = collectCallers()
  const exemplars = collectExemplars(scenario.durationMs)
  let startMs: number | undefined
  let endMs: number | undefined
  let lastMs = 0
  let configChanges: readonly string[] = []

  const requests = openRequests((request) => {
    figures.settled(request, startMs ?? 0)
    faults.settled(request)
    graph.settled(request)
    examples.observe(request)
    exemplars.observe(request, startMs ?? 0)
  })
  return {
    observe(event) {
      // What concerns the whole run concerns this scenario only while it is on.
      if (event.scenario === '' && (startMs === undefined || endMs !== undefined)) return
      lastMs = Math.max(lastMs, event.atMs)
      switch (event.kind) {
        case 'scenario-started':
          startMs = event.atMs
          configChanges = event.configChanges ?? []
          return
        case 'scenario-ended':
          endMs = event.atMs
          return
        case 'request-sent':
          // A history without `scenario-started` still has a beginning.
          startMs ??= event.intendedMs
          figures.sent(event, startMs)
          return requests.observe(event)
        case 'request-logged':
          callers.logged(event)
          return requests.observe(event)
        case 'request-answered':
        case 'attempt-logged':
        case 'attempt-seen':
          return requests.observe(event)
        case 'fault-injected':
        case 'fault-healed':
          return faults.changed(event)
        default:
          return happenings.observe(event, event.atMs - (startMs ?? event.atMs))
      }
    },
    finish() {
      requests.flush()
      const durationMs = startMs === undefined ? 0 : Math.max(0, (endMs ?? lastMs) - startMs)
      return {
        name: scenario.name,
        about: scenario.about,
        file: scenario.file,
        durationMs,
        ...(scenario.falseAlarm === undefined ? {} : { falseAlarm: scenario.falseAlarm }),
        ...figures.finish(),
        ...callers.finish(),
        faults: faults.finish(),
        ...happenings.finish(),
        graph: graph.finish(durationMs),
        examples: examples.finish(),
        exemplars: exemplars.finish(),
        configChanges,
      }
    },
  }
}
