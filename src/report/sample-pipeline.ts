// Two rich pipeline scenarios for the tests of the reporters and for looking at them, collected from made-up histories: one
// that loses a few records under throttling, and one that tries every single fault and passes.

import type { NewEvent } from '../core/history.ts'
import { decide } from '../core/random.ts'
import type { ExpectationReport, RunReport, ScenarioReport } from '../core/report-model.ts'
import type { LedgerReport } from '../core/report-pipeline.ts'
import type { FaultRecord, ObjectsRecord, PipelineScenario } from '../core/scenario-record.ts'
import { syntheticHeader } from '../core/synthetic-history.ts'
import type { Finding } from '../core/verdict.ts'
import { collectScenarios, judgedScenario } from './collect.ts'
import { type SampleObject, sampleHistory } from './sample-pipeline-history.ts'
import { sampleReport } from './sample-report.ts'

export function samplePipelineReport(): RunReport {
  // The meshes' comparison is none of its own.
  const { comparison: _, ...report } = sampleReport()
  return {
    ...report,
    replay: 'npx shaketable run scenarios/pipeline --seed 7b1d9c04',
    durationMs: 64_200,
    environment: { ...report.environment, localstack: '4.8.1', readyMs: 4630 },
    scenarios: [burst(), everySingleFault()],
  }
}

function burst(): ScenarioReport {
  const name = 'burst-under-throttling'
  const faults = [
    fault('throttled-lane', 'refuse-entries', 'kinesis.PutRecords', 3000, 9000),
    fault('main-crashes', 'crash', 'main/s3.GetObject', 6000, 12_000),
  ]
  const scenario = record(
    name,
    faults,
    20_000,
    'Ten times the usual rate for three seconds while Kinesis refuses entries. Every line must still arrive.',
  )
  const objects = Array.from({ length: 420 }, (_, index): SampleObject => {
    const atMs = index < 120 ? index * 50 : index < 330 ? 6000 + (index - 120) * 14 : 9000 + (index - 330) * 90
    const roll = decide('sample', name, index)
    const dest = index % 29 === 7 ? 'drop' : index % 4 === 0 ? 'slow' : 'fast'
    const object = `logs-prod/${dest === 'slow' ? 'audit/2026 03' : 'app/2026-03'}/host+${index % 7}/${String(index).padStart(4, '0')}.log.gz`
    return { object, atMs, lines: 20 + Math.floor(roll * 80), dest, ...mishap(index, atMs) }
  })
  const acted = (atMs: number, action: string, detail: string, values: Record<string, number>): NewEvent => {
    return { kind: 'operator-acted', src: 'runner', scenario: name, atMs: 100 + atMs, action, detail, values }
  }
  const events = [
    ...sampleHistory(objects, {
      scenario: name,
      delayMs: (lane, atMs) => (lane === 'fast' ? 12 : atMs < 10_000 ? 60 : 20),
      drainAtMs: 16_000,
    }),
    acted(4000, 'limit', 'slow', { delayMs: 60 }),
    acted(10_000, 'limit', 'slow', { delayMs: 20 }),
    acted(16_000, 'drain', 'all', {}),
  ]
  return collected(scenario, events, 'fail', [
    {
      ...expected(
        'nothing-lost',
        'nothing-lost: {}',
        'fail',
        '275 lines of 5 objects are lost, the first between EventPusher and lane fast.',
        23_735,
      ),
      findings: [lost(objects, 61), lost(objects, 97), lost(objects, 153)].flat(),
      moreFindings: 2,
    },
    expected(
      'freshness',
      'freshness: { lane: fast, p99: "<= 15s" }',
      'pass',
      'p99 of lane fast is 13.8 s over 17,000 lines.',
      17_000,
    ),
    expected(
      'duplicates',
      'duplicates: "<= 0.03"',
      'pass',
      '2.0 % of the lines were delivered more than once.',
      23_735,
    ),
  ])
}

function mishap(index: number, atMs: number): Pick<SampleObject, 'fate' | 'fault'> {
  const refused = { name: 'throttled-lane', detail: '1 entry refused', service: 'kinesis', operation: 'PutRecords' }
  const crashed = { name: 'main-crashes', detail: 'crash before', service: 's3', operation: 'GetObject' }
  if ([61, 97, 153, 178, 201].includes(index)) return { fate: 'lost', fault: refused }
  if (atMs > 3000 && atMs < 9000 && index % 6 === 1) return { fate: 'throttled', fault: refused }
  if (atMs > 6000 && index % 17 === 3) return { fate: 'crash-once', fault: crashed }
  if (atMs > 6000 && index % 31 === 5) return { fate: 'twice', fault: crashed }
  if (index % 37 === 9) return { fate: 'parked' }
  return index % 41 === 11 ? { fate: 'poison' } : {}
}

function lost(objects: readonly SampleObject[], index: number): readonly Finding[] {
  const one = objects[index]
  if (one === undefined) return []
  const atMs = 100 + one.atMs
  return [
    {
      rule: 'lost-line',
      message: `${one.lines} lines vanished between EventPusher and lane ${one.dest}: PutRecords refused 1 of 1 entries, and nobody put it again.`,
      expected: 'delivered, or parked in the ErrorTaskTable',
      observed: 'never seen in a lane; EventPusher returned as if all were well',
      object: one.object,
      line: 1,
      timeline: [
        { startMs: atMs - 6, endMs: atMs, lane: 'put', label: `${one.lines} lines for ${one.dest}`, outcome: 'ok' },
        { startMs: atMs + 29, endMs: atMs + 54, lane: 'event-pusher', label: 'returned', outcome: 'ok' },
        {
          startMs: atMs + 33,
          endMs: atMs + 40,
          lane: 'kinesis.PutRecords',
          label: '200, 1 of 1 entries refused (fault throttled-lane)',
          outcome: 'failed',
        },
        {
          startMs: atMs + 40,
          endMs: atMs + 240,
          lane: `lane ${one.dest}`,
          label: 'never appeared',
          outcome: 'waiting',
        },
      ],
    },
  ]
}

const calls = [
  ['event-pusher', 'kinesis', 'PutRecords'],
  ['dispatcher-fast', 'lambda', 'Invoke'],
  ['main', 's3', 'GetObject'],
  ['main', 'sink', 'Deliver'],
  ['reporter', 'dynamodb', 'PutItem'],
  ['drain', 'dynamodb', 'Scan'],
  ['drain', 'kinesis', 'PutRecords'],
] as const
const acts = ['error-before', 'throttled', 'lost-response', 'crash-before', 'crash-after', 'delay'] as const

/** What was carried out before it went wrong is done twice when it is tried again. */
const late = (act: string): boolean => act === 'lost-response' || act === 'crash-after'

/** Each object is one experiment: one fault at one call. */
function everySingleFault(): ScenarioReport {
  const name = 'every-single-fault'
  const faults = [fault('each', 'single', '*', 0, 12_000)]
  const scenario = record(
    name,
    faults,
    12_000,
    'Each object meets exactly one fault: every call, before and after it was carried out.',
  )
  const plan = calls.flatMap((call) => acts.map((act) => ({ call, act })))
  const objects = plan.map(({ call, act }, index): SampleObject => {
    const twice = late(act) && call[0] !== 'event-pusher'
    const parked = call[0] === 'reporter' || call[0] === 'drain'
    return {
      object: `lab/single/${call[0]}/${index}.log`,
      atMs: 40 + index * 250,
      lines: 5,
      dest: 'fast',
      ...(twice ? { fate: 'twice' } : parked ? { fate: 'parked' } : {}),
    }
  })
  const hits = plan.map(({ call: [role, service, operation], act }, index): NewEvent => {
    const object = objects[index]?.object ?? ''
    const atMs = 100 + (objects[index]?.atMs ?? 0) + 130
    const status = act === 'throttled' ? 400 : act === 'error-before' ? 500 : act === 'delay' ? 200 : 0
    const base = { scenario: name, src: 'hop', kind: 'aws-called' as const, startMs: atMs - 5, atMs, objects: [object] }
    return {
      ...base,
      function: role,
      invocation: `${role} ${object}`,
      service,
      operation,
      status,
      applied: late(act) || act === 'delay',
      fault: `each:${role}:${service}.${operation}:${act}`,
      detail: act,
    }
  })
  const events = [...sampleHistory(objects, { scenario: name, delayMs: () => 5, drainAtMs: 12_000 }), ...hits]
  return collected(scenario, events, 'pass', [
    expected(
      'nothing-lost',
      'nothing-lost: {}',
      'pass',
      'All 210 lines of 42 objects are accounted for; none is lost.',
      210,
    ),
    expected('order', 'order: {}', 'pass', 'Every shard was worked off in its order.', 42),
  ])
}

function collected(
  scenario: PipelineScenario,
  events: readonly NewEvent[],
  verdict: ScenarioReport['verdict'],
  expectations: readonly ExpectationReport[],
): ScenarioReport {
  const collection = collectScenarios(
    syntheticHeader([scenario]),
    ({ kind, target }) => `${kind.replace('-', ' ')} at ${target}`,
  )
  const [first, ...others] = [...events].sort((left, right) => left.atMs - right.atMs)
  for (const event of first === undefined ? [] : [first, ...others]) collection.observe({ ...event, seq: 0 })
  const [data] = collection.finish()
  if (data === undefined) throw new Error('one scenario went in')
  const figures = figuresOf(data.pipeline?.ledger)
  return judgedScenario(
    data,
    verdict,
    expectations.map((one) => (one.check === 'nothing-lost' ? { ...one, figures } : one)),
  )
}

/** As the check would have counted. */
function figuresOf(ledger: LedgerReport | undefined): Readonly<Record<string, number>> {
  if (ledger === undefined) return {}
  return {
    linesCount: ledger.lines - ledger.dropped,
    deliveredOnceCount: ledger.deliveredOnce,
    deliveredMoreOftenCount: ledger.deliveredMore,
    parkedCount: ledger.parked,
    inFlightCount: ledger.inFlight,
    lostCount: ledger.lost,
    alteredCount: ledger.altered,
    neverOwedCount: ledger.unexpected,
  }
}

function expected(
  check: string,
  text: string,
  verdict: ScenarioReport['verdict'],
  summary: string,
  looked: number,
): ExpectationReport {
  return { check, text, verdict, summary, looked, findings: [] }
}

function fault(name: string, kind: string, target: string, fromMs: number, untilMs: number): FaultRecord {
  return { name, kind, target, fromMs, untilMs, config: {} }
}

const source: ObjectsRecord = {
  bucket: 'logs-prod',
  prefix: 'app/',
  suffix: '.log.gz',
  format: 'json',
  gzip: true,
  ratePerSecond: 20,
  arrivals: { kind: 'poisson' },
  lines: 60,
  lineBytes: 200,
  poisonRatio: 0,
  unreadableRatio: 0,
  equalTexts: false,
  fromMs: 0,
  untilMs: 20_000,
}

function record(name: string, faults: readonly FaultRecord[], durationMs: number, about: string): PipelineScenario {
  return {
    name,
    about,
    file: `scenarios/pipeline/${name}.yaml`,
    durationMs,
    faults,
    expect: [],
    isolated: true,
    pipeline: {
      config: 'fixtures/pipeline/config.yml',
      shards: 1,
      objects: [source],
      operations: [],
      sink: { serviceTimeMs: 2 },
      fanOut: false,
      settleMs: 20_000,
      asyncRetryMs: [500, 1000],
    },
  }
}
