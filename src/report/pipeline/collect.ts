// The fold of one pipeline scenario's events into the data part of its report. It only wires the smaller folds together and
// knows when the scenario began and ended. Memory holds a small record for every object and a byte for every line.
//
//   event ─► object book ─► ledger, lanes, hops          what became of the lines, and how fast
//        └─► invocations ─► functions, faults, examples  what was done, and to whom

import type { HistoryEvent } from '../../core/history.ts'
import type { ScenarioReport } from '../../core/report-model.ts'
import type { PipelineReport } from '../../core/report-pipeline.ts'
import type { PipelineScenario } from '../../core/scenario-record.ts'
import type { DescribeFault } from '../collect-faults.ts'
import { collectHappenings } from '../collect-happenings.ts'
import type { ScenarioData, ScenarioFold } from '../collect-scenario.ts'
import { collectCalls } from './collect-calls.ts'
import { collectExamples } from './collect-examples.ts'
import { collectFunctions } from './collect-functions.ts'
import { hopsOf } from './collect-hops.ts'
import { collectLanes } from './collect-lanes.ts'
import { collectLedger } from './collect-ledger.ts'
import { collectOperations } from './collect-operations.ts'
import { collectPipelineFaults } from './collect-pipeline-faults.ts'
import { openInvocations } from './invocations.ts'
import { note, type ObjectState, objectBook } from './object-book.ts'

/** Requests, Envoy and the mesh: there are none. */
const noMesh: Pick<
  ScenarioReport,
  'requests' | 'latency' | 'sendLag' | 'series' | 'binMs' | 'histogram' | 'graph' | 'examples'
> = {
  requests: { sent: 0, succeeded: 0, failed: 0, attempts: 0, byOutcome: {}, byAttempts: {} },
  latency: { p50Ms: 0, p90Ms: 0, p99Ms: 0, maxMs: 0 },
  sendLag: { p50Ms: 0, p99Ms: 0, maxMs: 0 },
  series: [],
  binMs: 0,
  histogram: [],
  graph: { nodes: [], edges: [] },
  examples: [],
}

export function collectPipeline(scenario: PipelineScenario, describeFault?: DescribeFault): ScenarioFold {
  const folds = pipelineFolds(scenario, describeFault)
  const happenings = collectHappenings()
  let startMs: number | undefined
  let endMs: number | undefined
  let lastMs = 0
  let unsettled: string | undefined
  let configChanges: readonly string[] = []
  return {
    observe(event) {
      // What concerns the whole run concerns this scenario only while it is on.
      if (event.scenario === '' && (startMs === undefined || endMs !== undefined)) return
      lastMs = Math.max(lastMs, event.atMs)
      if (event.kind === 'scenario-started') {
        startMs = event.atMs
        configChanges = event.configChanges ?? []
      } else if (event.kind === 'scenario-ended') {
        endMs = event.atMs
        unsettled = event.unsettled
      } else {
        // A history without `scenario-started` still has a beginning.
        if (event.scenario !== '') startMs ??= event.atMs
        happenings.observe(event, event.atMs - (startMs ?? event.atMs))
        folds.observe(event, startMs ?? event.atMs)
      }
    },
    finish() {
      const durationMs = startMs === undefined ? 0 : Math.max(0, (endMs ?? lastMs) - startMs)
      const { faults, pipeline } = folds.finish(durationMs, endMs === undefined ? 'the history ends early' : unsettled)
      const data: ScenarioData = {
        ...noMesh,
        name: scenario.name,
        about: scenario.about,
        file: scenario.file,
        durationMs,
        ...(scenario.falseAlarm === undefined ? {} : { falseAlarm: scenario.falseAlarm }),
        faults,
        ...happenings.finish(),
        configChanges,
        pipeline,
      }
      return data
    },
  }
}

function pipelineFolds(scenario: PipelineScenario, describeFault: DescribeFault | undefined) {
  const book = objectBook()
  const lanes = collectLanes(book, scenario.durationMs)
  const examples = collectExamples(book)
  const functions = collectFunctions()
  const calls = collectCalls()
  const faults = collectPipelineFaults(scenario.faults, describeFault)
  const operations = collectOperations()
  const invocations = openInvocations(book)
  let startedMs = 0
  const ledger = collectLedger(book, (state: ObjectState, lines, atMs) => {
    // A delivery can be in the file before the lane was read.
    const lane = state.lane ?? (state.put?.dest === 'slow' ? 'slow' : 'fast')
    lanes.delivered(lane, lines, atMs - (state.put?.atMs ?? atMs), atMs - startedMs)
    if (state.delivered === state.put?.lines) examples.complete(state, atMs)
  })
  return {
    observe(event: HistoryEvent, startMs: number) {
      startedMs = startMs
      const sinceStartMs = event.atMs - startMs
      if (event.kind === 'object-put') book.put(event)
      examples.observe(event)
      note(book, event)
      lanes.observe(event, sinceStartMs)
      ledger.observe(event)
      functions.observe(event)
      operations.observe(event, sinceStartMs)
      faults.observe(event)
      if (event.kind === 'aws-called') calls.observe(event)
      else if (event.kind === 'function-invoked') invocations.begin(event)
      else if (event.kind === 'function-returned' || event.kind === 'function-failed') {
        faults.ended(event, invocations.end(event))
      }
    },
    finish(durationMs: number, unsettled: string | undefined) {
      const settled = ledger.finish(unsettled !== undefined)
      const { faults: fired, experiments } = faults.finish(settled.endOf)
      const pipeline: PipelineReport = {
        ledger: settled.ledger,
        ...lanes.finish(durationMs),
        hops: hopsOf(book),
        functions: functions.finish(),
        calls: calls.finish(),
        experiments,
        ...operations.finish(),
        examples: examples.finish(settled.endOf),
        ...(unsettled === undefined ? {} : { unsettled }),
      }
      return { faults: fired, pipeline }
    },
  }
}
