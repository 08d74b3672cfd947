// gRPC on the real Envoy, in one run: which status in which place is retried by which condition; unary, server-streaming and
// client-streaming calls; aborts with a grpc-status as planned; answers at a limited rate; outlier detection. The oracle
// finds nothing in any of it, and what it takes for granted is counted here once more by itself.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { HistoryEvent } from '../core/history.ts'
import { judgeHistory } from '../run/judge.ts'
import { registry } from './registry.ts'
import { shake } from './shake.ts'

type LooseRecord = Record<string, unknown>

const folder = mkdtempSync(join(tmpdir(), 'shaketable-test-grpc-'))
const conditions = { cancelled: 1, 'deadline-exceeded': 4, 'resource-exhausted': 8, internal: 13, unavailable: 14 }
const places = ['headers', 'trailers'] as const
const statuses = [2, ...Object.values(conditions)]
const retryOns = [...Object.keys(conditions), '5xx']

const dependency = (name: string, retryOn: string, more: LooseRecord = {}): LooseRecord => ({
  name,
  cluster_name: name,
  sds: true,
  tls: false,
  connect_timeout_ms: 500,
  circuit_breaker: { max_connections: 64, max_pending_requests: 64, max_retries: 64 },
  routes: [
    {
      prefix: '/',
      method: 'POST',
      timeout_ms: 4000,
      retry_policy: { retry_on: retryOn, num_retries: 2, per_try_timeout_ms: 1500 },
    },
  ],
  ...more,
})
const outliers = { consecutive_5xx: 3, interval_ms: 100, base_ejection_time_ms: 30_000, max_ejection_percent: 100 }
const definition = {
  version: 1,
  dependencies: [
    ...retryOns.map((on) => dependency(on, on)),
    dependency('plain', 'connect-failure'),
    dependency('ejecting', 'connect-failure', { outlier_detection: outliers }),
  ],
}
const calls = (host: string, ratePerSecond: number, messages = 1): LooseRecord => ({
  request: { host, path: '/shop.Books/List', bodyBytes: 20, grpc: { messages } },
  ratePerSecond,
  arrivals: 'constant',
})

const matrix = statuses.flatMap((status) =>
  places.map((statusIn) => ({
    name: `${status}-in-${statusIn}`,
    status,
    statusIn,
    scenario: {
      upstreams: Object.fromEntries(retryOns.map((on) => [on, { grpc: { status, statusIn } }])),
      traffic: retryOns.map((on) => calls(on, 10)),
      duration: '500ms',
    },
  })),
)
/** 12 and 15 stand for 501 and 500; 8 for 429. */
const ejections = [2, 4, 12, 13, 14, 15, 8, 1].flatMap((status) =>
  places.map((statusIn) => ({
    name: `ejecting-${status}-in-${statusIn}`,
    ejects: statusIn === 'headers' && ![8, 1].includes(status),
    scenario: {
      upstreams: { ejecting: { grpc: { status, statusIn } } },
      traffic: [calls('ejecting', 20)],
      duration: '500ms',
    },
  })),
)
const others: Readonly<Record<string, LooseRecord>> = {
  streams: {
    upstreams: { unavailable: { grpc: { messages: 5, every: '20ms' } }, internal: { grpc: { messages: 0 } } },
    traffic: [calls('plain', 10), calls('unavailable', 10), calls('internal', 10, 0), calls('5xx', 10, 7)],
    duration: '1s',
  },
  planned: {
    traffic: [calls('unavailable', 20), calls('plain', 20)],
    duration: '1s',
    faults: [
      {
        name: 'plan',
        target: 'unavailable',
        plan: { attempts: [{ grpcStatus: 14 }, { grpcStatus: 5, delay: '20ms' }] },
      },
      { name: 'some', target: 'plain', abort: { grpcStatus: 8, ratio: 0.4 } },
    ],
  },
  slowed: {
    upstreams: { plain: { bodyBytes: 65_536 }, internal: { bodyBytes: 65_536 } },
    traffic: [calls('plain', 10), calls('internal', 10)],
    duration: '1s',
    faults: [{ name: 'slow', target: 'internal', throughput: { kibPerSecond: 32 } }],
  },
  // Successes have their status in the trailers: they must count, or three failures in all would eject.
  'ejecting-mixed': {
    traffic: [calls('ejecting', 40)],
    duration: '2s',
    faults: [{ name: 'some', target: 'ejecting', abort: { grpcStatus: 14, ratio: 0.12 } }],
  },
  // The head is out when the route timeout cuts the stream: no status reaches the client.
  'cut-stream': {
    upstreams: { plain: { grpc: { messages: 100, every: '50ms' } } },
    traffic: [calls('plain', 10)],
    duration: '500ms',
  },
  // Nothing is out yet, so Envoy answers by itself.
  hanging: {
    traffic: [calls('unavailable', 10)],
    duration: '500ms',
    faults: [{ name: 'hang', target: 'unavailable', delay: { duration: '10s' } }],
  },
}

type Kind<K, Event = HistoryEvent> = Event extends { readonly kind: infer Kinds }
  ? K extends Kinds
    ? Event
    : never
  : never
let events: readonly HistoryEvent[] = []
let verdicts: readonly (readonly [string, string, readonly string[]])[] = []
const of = <K extends HistoryEvent['kind']>(scenario: string, kind: K) =>
  events.filter((event): event is Kind<K> => event.scenario === scenario && event.kind === kind)

beforeAll(async () => {
  writeFileSync(join(folder, 'grpc.definition.json'), JSON.stringify(definition))
  const named = [...matrix, ...ejections].map(({ name, scenario }): [string, LooseRecord] => [name, scenario])
  for (const [name, scenario] of [...named, ...Object.entries(others)]) {
    const mesh = { definition: 'grpc.definition.json', node: 'grpc' }
    const file = { name, about: 'gRPC.', mesh, expect: [{ policy: {} }], ...scenario }
    writeFileSync(join(folder, `${name}.yaml`), JSON.stringify(file))
  }
  const { runFolder } = await shake([folder], 'grpc', { dir: join(folder, 'reports') })
  const history = join(runFolder, 'history.ndjson')
  events = readFileSync(history, 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => JSON.parse(line) as HistoryEvent)
  const judged = await judgeHistory(history, registry.checks)
  verdicts = judged.scenarios.map(({ scenario, verdict, expectations, problems }) => [
    scenario.name,
    verdict,
    [...problems, ...expectations.flatMap(({ verdict, summary }) => (verdict === 'pass' ? [] : [summary]))],
  ])
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('the oracle finds nothing, and doubts nothing but the machine', () => {
  // What rests on durations is not the matter here.
  const isSlow = (why: string) => why.includes('the machine was too slow')
  expect(verdicts.filter(([, verdict, why]) => verdict !== 'pass' && !why.every(isSlow))).toEqual([])
  expect(verdicts.length).toBe(matrix.length + ejections.length + Object.keys(others).length)
})

test.each(matrix)('$name is retried by its own condition, and only in the headers', ({ name, status, statusIn }) => {
  const answers = of(name, 'request-logged')
  expect(answers.length).toBe(5 * retryOns.length)
  for (const on of retryOns) {
    const isRetried = statusIn === 'headers' && (conditions as Record<string, number>)[on] === status
    for (const { cluster, attempts, flags, grpcStatus, code } of answers.filter((one) => one.cluster === on)) {
      expect({ cluster, attempts, flags, grpcStatus, code }).toEqual({
        cluster: on,
        attempts: isRetried ? 3 : 1,
        flags: isRetried ? ['URX'] : [],
        grpcStatus: status,
        code: 200,
      })
    }
  }
  const places = new Set(of(name, 'attempt-logged').map((one) => `${one.grpcStatus} in ${one.grpcStatusIn}`))
  expect(places).toEqual(new Set([`${status} in ${statusIn}`]))
  expect(new Set(of(name, 'request-answered').map((one) => one.grpcStatus))).toEqual(new Set([status]))
})

test.each(ejections)('$name: outlier detection ejects is $ejects', ({ name, ejects }) => {
  expect(of(name, 'host-ejected').filter(({ enforced }) => enforced).length > 0).toBe(ejects)
})

test('an OK in the trailers ends a run of failures, so many far apart eject nobody', () => {
  const failed = of('ejecting-mixed', 'attempt-logged').filter(({ grpcStatus }) => grpcStatus === 14)
  expect(failed.length).toBeGreaterThan(2 * outliers.consecutive_5xx)
  expect(of('ejecting-mixed', 'host-ejected')).toEqual([])
})

test('streams have as many messages as were sent', () => {
  const hosts = new Map(of('streams', 'request-sent').map(({ id, host, bodyBytes }) => [id, [host, bodyBytes]]))
  const seen = of('streams', 'request-answered').map(({ id, grpcStatus, messages }) => {
    const [host, bytes] = hosts.get(id) ?? []
    return `${host}: ${bytes} bytes up, ${messages} messages, grpc-status ${grpcStatus}`
  })
  expect([...new Set(seen)].toSorted()).toEqual([
    '5xx: 175 bytes up, 1 messages, grpc-status 0',
    'internal: 0 bytes up, 0 messages, grpc-status 0',
    'plain: 25 bytes up, 1 messages, grpc-status 0',
    'unavailable: 25 bytes up, 5 messages, grpc-status 0',
  ])
  expect(seen).toHaveLength(40)
})

describe('aborts with a grpc-status', () => {
  test('meet the very attempts that they were planned for', () => {
    const plans = new Map(of('planned', 'request-sent').map(({ id, plan }) => [id, plan]))
    const seen = of('planned', 'attempt-seen')
    const wrong = seen.filter(({ id, attempt, grpcStatus, flags, code }) => {
      const planned = plans.get(id)?.find((one) => one.attempt === attempt)
      const due = [...(planned?.delayMs === undefined ? [] : ['DI']), ...(planned === undefined ? [] : ['FI'])]
      return code !== 200 || grpcStatus !== (planned?.grpcStatus ?? 0) || flags.toSorted().join() !== due.join()
    })
    expect(wrong).toEqual([])
    // 14 is retried, 5 is not; so each call of the plan has two attempts.
    expect(seen.filter(({ cluster }) => cluster === 'unavailable')).toHaveLength(40)
    const injected = seen.filter(({ flags }) => flags.includes('FI')).length
    expect(injected).toBeGreaterThan(40)
    expect(grown('planned', /\.aborts_injected$/)).toBe(injected)
  })
})

/** How much counters of the fault Envoy grew. */
function grown(scenario: string, names: RegExp): number {
  const sums = (['before', 'after'] as const).map((phase) =>
    of(scenario, 'counters')
      .filter((one) => one.envoy === 'fault' && one.phase === phase)
      .flatMap(({ values }) => Object.entries(values))
      .reduce((sum, [name, value]) => sum + (names.test(name) ? value : 0), 0),
  )
  return (sums[1] ?? 0) - (sums[0] ?? 0)
}

test('answers of 64 KiB at 32 KiB/s take many times as long as those without a limit', () => {
  const slowed = of('slowed', 'attempt-seen').filter(({ kibPerSecond }) => kibPerSecond !== undefined)
  expect(new Set(slowed.map(({ cluster, kibPerSecond }) => `${cluster} ${kibPerSecond}`))).toEqual(
    new Set(['internal 32']),
  )
  expect(slowed).toHaveLength(10)
  expect(grown('slowed', /\.response_rl_injected$/)).toBe(10)
  const hosts = new Map(of('slowed', 'request-sent').map(({ id, host }) => [id, host]))
  // The quickest of each: what else the machine had to do only adds to a time.
  const quickestMs = (host: string) =>
    Math.min(
      ...of('slowed', 'request-answered')
        .filter(({ id }) => hosts.get(id) === host)
        .map(({ latencyMs }) => latencyMs),
    )
  expect(quickestMs('internal') / quickestMs('plain')).toBeGreaterThan(5)
})

test('a stream that the route timeout cuts has no status', () => {
  expect(of('cut-stream', 'request-answered').map(({ error }) => error)).toEqual(Array(5).fill('truncated'))
  expect(of('cut-stream', 'request-logged').filter(({ grpcStatus }) => grpcStatus !== undefined)).toEqual([])
})

test('a call that hangs is answered by Envoy itself, as UNAVAILABLE', () => {
  expect(of('hanging', 'request-answered').map(({ status, grpcStatus }) => [status, grpcStatus])).toEqual(
    Array(5).fill([200, 14]),
  )
})
