// Histories of pipelines made up in memory, for tests of whatever reads them: a scenario record, a header, and the events
// of whole journeys of objects, as load, executor, hop and the observers would have written them.

import type { HistoryHeader, NewEvent } from './history.ts'
import type { ObjectsRecord, PipelineRecord, PipelineScenario } from './scenario-record.ts'
import { syntheticHeader } from './synthetic-history.ts'
import { type SyntheticJourney, syntheticJourney, syntheticStartMs } from './synthetic-journey.ts'

export { type SyntheticFate, type SyntheticJourney, syntheticJourney } from './synthetic-journey.ts'

const syntheticObjects: ObjectsRecord = {
  bucket: 'logs',
  prefix: 'app/',
  suffix: '.log',
  format: 'json',
  gzip: false,
  ratePerSecond: 20,
  arrivals: { kind: 'constant' },
  lines: 10,
  lineBytes: 0,
  poisonRatio: 0,
  unreadableRatio: 0,
  equalTexts: false,
  fromMs: 0,
  untilMs: 10_000,
}

const syntheticPipeline: PipelineRecord = {
  config: 'fixtures/pipeline/config.yml',
  shards: 1,
  objects: [syntheticObjects],
  operations: [],
  sink: { serviceTimeMs: 1 },
  fanOut: false,
  settleMs: 10_000,
  asyncRetryMs: [100, 200],
}

export function syntheticPipelineScenario(
  changes: Partial<Omit<PipelineScenario, 'pipeline'>> & { readonly pipeline?: Partial<PipelineRecord> } = {},
): PipelineScenario {
  return {
    name: 'synthetic',
    about: 'Made up for a test.',
    file: '(inline)',
    durationMs: 10_000,
    faults: [],
    expect: [],
    isolated: true,
    ...changes,
    pipeline: { ...syntheticPipeline, ...changes.pipeline },
  }
}

/** What the config declares, as `declaredPolicy` holds it: both lanes without a delay. */
const syntheticDeclared: unknown = {
  kind: 'pipeline',
  lanes: { fast: { batchSize: 1, delayMs: 0 }, slow: { batchSize: 1, delayMs: 0 } },
  concurrency: 5,
}

export function syntheticPipelineHeader(
  scenarios: readonly PipelineScenario[],
  declared: unknown = syntheticDeclared,
): HistoryHeader {
  const header = syntheticHeader(scenarios)
  return {
    ...header,
    versions: { ...header.versions, localstack: '4.8.1' },
    declaredPolicy: Object.fromEntries(scenarios.map(({ name }) => [name, declared])),
  }
}

/** A scenario's start and end around its journeys, and a heartbeat every 50 ms, in the order of time. */
export function syntheticPipelineRun(
  journeys: readonly SyntheticJourney[],
  others: readonly NewEvent[] = [],
  options: { readonly scenario?: string; readonly unsettled?: string } = {},
): NewEvent[] {
  const { scenario = 'synthetic', unsettled } = options
  const events = [...journeys.flatMap((journey) => syntheticJourney(journey, scenario)), ...others]
  const endMs = events.reduce((latestMs, { atMs }) => Math.max(latestMs, atMs), syntheticStartMs) + 1
  const beats = Array.from({ length: Math.ceil((endMs - syntheticStartMs) / 50) }, (_, index): NewEvent => {
    return { kind: 'heartbeat', src: 'runner', scenario: '', atMs: syntheticStartMs + index * 50, lateMs: 0.5 }
  })
  const told = unsettled === undefined ? {} : { unsettled }
  return [
    { kind: 'scenario-started', src: 'runner', scenario, atMs: syntheticStartMs },
    ...[...events, ...beats].sort((left, right) => left.atMs - right.atMs),
    { kind: 'scenario-ended', src: 'runner', scenario, atMs: endMs, ...told },
  ]
}
