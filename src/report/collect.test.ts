import { describe, expect, test } from 'vitest'
import type { HistoryEvent, HistoryHeader, NewEvent, PlannedFault } from '../core/history.ts'
import type { ScenarioRecord } from '../core/scenario-record.ts'
import { collectScenarios } from './collect.ts'

const scenario: ScenarioRecord = {
  name: 'retries',
  about: 'One answer in twenty fails.',
  file: 'scenarios/retries.yaml',
  mesh: { definition: 'book.yaml', node: 'book', declared: 'book.yaml' },
  upstreams: {
    'user-development': { hosts: 2, serviceTime: { p50Ms: 3, p99Ms: 9 }, status: 200, bodyBytes: 10 },
    idle: { hosts: 1, serviceTime: { p50Ms: 3, p99Ms: 9 }, status: 200, bodyBytes: 10 },
  },
  traffic: [],
  durationMs: 3000,
  faults: [
    { name: 'flaky', kind: 'abort', target: 'user-development', fromMs: 500, untilMs: 2500, config: {} },
    { name: 'slow', kind: 'delay', target: 'user-development', host: 2, fromMs: 0, untilMs: 3000, config: {} },
    { name: 'stop', kind: 'kill', target: 'control-plane', fromMs: 0, untilMs: 3000, config: {} },
  ],
  expect: [],
  isolated: false,
}

const header: HistoryHeader = {
  format: 1,
  versions: { shaketable: '0.1.0', envoy: '1.40.0', node: '24' },
  seed: 's',
  startedAt: '2026-01-01T00:00:00Z',
  scenarios: [scenario, { ...scenario, name: 'other' }],
  declaredPolicy: {},
  servedSha256: {},
  clock: { source: 'CLOCK_MONOTONIC', wallOffsetMs: 0, wallOffsetErrorMs: 0.01, tickMs: 4 },
}

/** Events of a history, with `seq` and the scenario filled in. */
function collect(events: readonly NewEvent[]) {
  const collection = collectScenarios(header, (fault) => `about ${fault.name}`)
  events.forEach((event, seq) => {
    collection.observe({ ...event, seq } as HistoryEvent)
  })
  const [first, second] = collection.finish()
  if (first === undefined || second === undefined) throw new Error('two scenarios went in')
  return { first, second }
}

const base = { src: 'load', scenario: 'retries' } as const

interface Try {
  readonly startMs: number
  readonly endMs: number
  readonly code: number
  readonly host?: number
  readonly flags?: readonly string[]
  readonly seenFlags?: readonly string[]
  readonly unseen?: boolean
}

function request(id: string, atMs: number, status: number, tries: readonly Try[], plan: readonly PlannedFault[] = []) {
  const endMs = (tries.at(-1)?.endMs ?? atMs) + 1
  const cluster = 'user-development'
  const events: NewEvent[] = [
    {
      ...base,
      kind: 'request-sent',
      atMs,
      id,
      traffic: 0,
      method: 'GET',
      host: 'user',
      path: '/',
      bodyBytes: 0,
      intendedMs: atMs - 0.5,
      plan,
    },
    { ...base, kind: 'request-answered', atMs: endMs, id, status, bytes: 10, latencyMs: endMs - atMs + 0.5 },
    {
      ...base,
      kind: 'request-logged',
      atMs: endMs,
      id,
      startMs: atMs,
      code: status,
      flags: [],
      details: '',
      attempts: tries.length,
      cluster,
      authority: 'user',
    },
  ]
  tries.forEach((one, index) => {
    const host = one.host ?? 1
    const common = {
      ...base,
      atMs: one.endMs,
      id,
      attempt: index + 1,
      startMs: one.startMs,
      code: one.code,
      details: '',
      cluster,
      protocol: 'HTTP/1.1',
    }
    events.push({
      ...common,
      kind: 'attempt-logged',
      flags: one.flags ?? [],
      failureReason: '',
      host: `127.0.0.${host}:80`,
    })
    if (one.unseen) return
    events.push({
      ...common,
      kind: 'attempt-seen',
      flags: one.seenFlags ?? [],
      host,
      authority: 'user',
      method: 'GET',
      path: '/',
    })
  })
  return events
}

const started: NewEvent = {
  ...base,
  src: 'runner',
  kind: 'scenario-started',
  atMs: 1000,
  configChanges: ['/admin: moved'],
}
const ended: NewEvent = { ...base, src: 'runner', kind: 'scenario-ended', atMs: 4000 }
const abort = (attempt: number): PlannedFault => ({ fault: 'flaky', attempt, status: 503, target: 'user-development' })

const retried = request(
  'r1',
  1100,
  200,
  [
    { startMs: 1100, endMs: 1102, code: 503, seenFlags: ['FI'] },
    { startMs: 1131, endMs: 1133, code: 503, seenFlags: ['FI'] },
    { startMs: 1174, endMs: 1180, code: 200, host: 2 },
  ],
  [abort(1), abort(2), abort(4)],
)

describe('collectScenarios', () => {
  test('counts requests, attempts, outcomes and latency', () => {
    const { first, second } = collect([
      started,
      ...retried,
      ...request('r2', 1200, 503, [{ startMs: 1200, endMs: 1204, code: 503 }]),
      ended,
    ])
    expect(first.requests).toEqual({
      sent: 2,
      succeeded: 1,
      failed: 1,
      attempts: 4,
      byOutcome: { 200: 1, 503: 1 },
      byAttempts: { 1: 1, 3: 1 },
    })
    expect(first.durationMs).toBe(3000)
    expect(first.configChanges).toEqual(['/admin: moved'])
    expect(first.latency.maxMs).toBeCloseTo(81.5)
    expect(first.latency.p50Ms).toBeCloseTo(5.5, 1)
    expect(first.sendLag.maxMs).toBeCloseTo(0.5)
    expect(first.histogram.map((cell) => cell.count).reduce((sum, count) => sum + count, 0)).toBe(2)
    expect(second.requests.sent).toBe(0)
  })

  test('puts requests into the bin of their intended send time', () => {
    const { first } = collect([started, ...retried, ended])
    expect(first.binMs).toBe(50)
    expect(first.series).toHaveLength(60)
    expect(first.series[1]).toMatchObject({ fromMs: 50, sent: 1, failed: 0, attempts: 3, maxMs: 81.5 })
    expect(first.series[2]).toEqual({ fromMs: 100, sent: 0, failed: 0, attempts: 0 })
  })

  test('tells a request as a story and as a timeline', () => {
    const { first } = collect([started, ...retried, ended])
    expect(first.examples).toHaveLength(1)
    expect(first.examples[0]?.story).toBe('503 at 0 ms, 503 at 31 ms, 200 at 74 ms')
    expect(first.examples[0]?.timeline?.map((row) => `${row.lane}: ${row.label}`)).toEqual([
      'client: GET /: 200',
      'attempt 1: 503 (abort injected), host 1',
      'back-off: 29 ms',
      'attempt 2: 503 (abort injected), host 1',
      'back-off: 41 ms',
      'attempt 3: 200, host 2',
    ])
  })

  test('tells what the client got where it differs from the last attempt', () => {
    const timedOut = request('r3', 1100, 504, [{ startMs: 1100, endMs: 1300, code: 0, flags: ['UT'], unseen: true }])
    expect(collect([started, ...timedOut, ended]).first.examples[0]?.story).toBe(
      'timeout at 0 ms, then 504 for the client at 201 ms',
    )
    expect(collect([started, ...request('r4', 1100, 503, []), ended]).first.examples[0]?.story).toBe(
      '503 from Envoy itself at 1 ms',
    )
  })

  test('counts a planned fault as fired only where the fault hop flagged that very attempt', () => {
    const injected: NewEvent = {
      ...base,
      src: 'runner',
      kind: 'fault-injected',
      atMs: 1000,
      fault: 'stop',
      target: 'control-plane',
      detail: '',
    }
    const slow: PlannedFault = { fault: 'slow', attempt: 1, delayMs: 5, target: 'user-development', host: 2 }
    const onTwo = request(
      'r5',
      1300,
      200,
      [{ startMs: 1300, endMs: 1310, code: 200, host: 2, seenFlags: ['DI'] }],
      [slow],
    )
    const onOne = request('r6', 1400, 200, [{ startMs: 1400, endMs: 1404, code: 200, host: 1 }], [slow])
    const { first } = collect([started, injected, ...retried, ...onTwo, ...onOne, ended])
    expect(first.faults.map(({ name, fired, about }) => [name, fired, about])).toEqual([
      ['flaky', 2, 'about flaky'],
      ['slow', 1, 'about slow'],
      ['stop', 1, 'about stop'],
    ])
  })

  test('counts what the dice hit, while they rolled and where nothing was planned', () => {
    const dice = {
      name: 'dice',
      kind: 'abort',
      target: 'user-development',
      fromMs: 0,
      untilMs: 1000,
      config: { dice: true },
    }
    const collection = collectScenarios({ ...header, scenarios: [{ ...scenario, faults: [dice] }] })
    const change = (kind: 'fault-injected' | 'fault-healed', atMs: number): NewEvent => ({
      ...base,
      src: 'runner',
      kind,
      atMs,
      fault: 'dice',
      target: 'user-development',
      detail: '',
    })
    const hit = (id: string, atMs: number) =>
      request(id, atMs, 503, [{ startMs: atMs, endMs: atMs + 1, code: 503, seenFlags: ['FI'] }])
    const events = [
      started,
      ...hit('before', 1050),
      change('fault-injected', 1100),
      ...hit('a', 1200),
      ...hit('b', 1300),
    ]
    events.push(
      ...request('plain', 1400, 503, [{ startMs: 1400, endMs: 1401, code: 503 }]),
      change('fault-healed', 1500),
    )
    events.push(...hit('after', 1600), ended)
    events.forEach((event, seq) => {
      collection.observe({ ...event, seq } as HistoryEvent)
    })
    expect(collection.finish()[0]?.faults[0]?.fired).toBe(2)
  })

  test('draws the mesh with rates and error ratios, and knows unseen attempts by the address of their host', () => {
    const refused = request('r7', 1500, 503, [
      { startMs: 1500, endMs: 1501, code: 0, host: 1, flags: ['UF'], unseen: true },
    ])
    const { first } = collect([started, ...retried, ...refused, ended])
    expect(first.graph.nodes.map((node) => [node.label, node.column, node.faulty])).toEqual([
      ['load generator', 0, false],
      ['Envoy (book)', 1, false],
      ['control plane', 0, true],
      ['idle', 2, false],
      ['user-development', 2, true],
      ['host 1', 3, true],
      ['host 2', 3, true],
    ])
    const edge = (to: string) => first.graph.edges.find((candidate) => candidate.to === to)
    expect(edge('envoy')).toMatchObject({ ratePerSecond: 2 / 3, errorRatio: 0.5 })
    expect(edge('cluster:user-development')).toMatchObject({ ratePerSecond: 4 / 3, errorRatio: 0.75 })
    expect(edge('host:user-development/1')).toMatchObject({ ratePerSecond: 1, errorRatio: 1 })
    expect(edge('cluster:idle')).toMatchObject({ ratePerSecond: 0, errorRatio: 0 })
  })

  test('keeps counters that moved, warnings, unexpected exits and marks of the running scenario', () => {
    const counters = (phase: 'before' | 'after', envoy: string, value: number): NewEvent => ({
      ...base,
      src: envoy,
      kind: 'counters',
      atMs: 1000,
      phase,
      envoy,
      values: { total: value, same: 4 },
    })
    const exit = (atMs: number, expected: boolean): NewEvent => ({
      src: 'runner',
      scenario: '',
      kind: 'process-exited',
      atMs,
      process: 'upstream',
      pid: 1,
      code: null,
      signal: 'SIGKILL',
      expected,
    })
    const { first, second } = collect([
      exit(900, false),
      started,
      counters('before', 'egress', 10),
      counters('before', 'fault', 1),
      exit(1500, false),
      {
        src: 'egress',
        scenario: '',
        kind: 'log-line',
        atMs: 1600,
        process: 'envoy',
        level: 'warning',
        text: 'careful',
      },
      { ...base, src: 'control-plane', kind: 'config-pushed', atMs: 2000, type: 'routes', version: 'v2', detail: '' },
      counters('after', 'egress', 25),
      counters('after', 'fault', 4),
      ended,
      exit(5000, true),
    ])
    expect(first.counters).toEqual({ total: 15, 'fault hop: total': 3 })
    expect(first.marks).toEqual([
      { atMs: 500, label: 'upstream exited' },
      { atMs: 1000, label: 'routes v2 pushed' },
    ])
    expect(first.logLines).toEqual([
      { atMs: 500, process: 'upstream', level: 'exit', text: 'exited on SIGKILL' },
      { atMs: 600, process: 'envoy', level: 'warning', text: 'careful' },
    ])
    expect(second.marks).toEqual([])
  })

  test('an empty history gives empty reports, not a crash', () => {
    const { first } = collect([])
    expect(first).toMatchObject({
      durationMs: 0,
      requests: { sent: 0 },
      latency: { maxMs: 0 },
      histogram: [],
      examples: [],
    })
  })

  test('requests come out the same whether log lines follow at once or after other requests', () => {
    const [sent, answered, ...logs] = retried
    const others = Array.from({ length: 50 }, (_, index) =>
      request(`o${index}`, 1200 + index, 200, [{ startMs: 1200 + index, endMs: 1203 + index, code: 200 }]),
    ).flat()
    if (sent === undefined || answered === undefined) throw new Error('a request has both')
    const late = collect([started, sent, answered, ...others, ...logs, ended]).first
    const soon = collect([started, sent, answered, ...logs, ...others, ended]).first
    expect({ ...late, examples: [] }).toEqual({ ...soon, examples: [] })
    expect(new Set(late.examples.map((one) => one.story))).toEqual(new Set(soon.examples.map((one) => one.story)))
  })
})
