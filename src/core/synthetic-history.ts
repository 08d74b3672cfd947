// Histories made up in memory, for tests of whatever reads histories: a scenario record, a header, and the events of
// requests as the generator and both Envoys would have written them. It simulates nothing: every answer is spelt out.

import type { HistoryEvent, HistoryHeader, NewEvent, PlannedFault, RequestAnswered } from './history.ts'
import type { FaultRecord, MeshScenario, ScenarioRecord } from './scenario-record.ts'

export function syntheticScenario(changes: Partial<MeshScenario> = {}): MeshScenario {
  return {
    name: 'synthetic',
    about: 'Made up for a test.',
    file: '(inline)',
    mesh: { definition: 'book.yaml', node: 'book', declared: 'book.yaml' },
    upstreams: { user: { hosts: 1, serviceTime: { p50Ms: 3, p99Ms: 3 }, status: 200, bodyBytes: 64 } },
    traffic: [
      {
        request: { host: 'user', method: 'GET', path: '/', headers: {}, bodyBytes: 0 },
        ratePerSecond: 100,
        arrivals: { kind: 'constant' },
        timeoutMs: 10_000,
        fromMs: 0,
        untilMs: 10_000,
      },
    ],
    durationMs: 10_000,
    faults: [],
    expect: [],
    isolated: false,
    ...changes,
  }
}

export function syntheticFault(changes: Partial<FaultRecord> = {}): FaultRecord {
  const config = { status: 503, ratio: 0.1, dice: false }
  return { name: 'flaky', kind: 'abort', target: 'user', fromMs: 1000, untilMs: 5000, config, ...changes }
}

export function syntheticHeader(scenarios: readonly ScenarioRecord[]): HistoryHeader {
  return {
    format: 1,
    versions: { shaketable: '0.1.0', envoy: '1.40.0', node: '24.21.0' },
    seed: '0badcafe',
    startedAt: '2026-01-02T03:04:05.000Z',
    scenarios,
    declaredPolicy: {},
    servedSha256: {},
    clock: { source: 'CLOCK_MONOTONIC', wallOffsetMs: 1_700_000_000_000, wallOffsetErrorMs: 0.01, tickMs: 4 },
  }
}

export interface SyntheticAttempt {
  /** Default 200; 0 for none. */
  readonly code?: number
  readonly flags?: readonly string[]
  /** Flags of the fault listener's line; default none. */
  readonly faultFlags?: readonly string[]
  /** Of a gRPC call; in the headers unless said otherwise. */
  readonly grpcStatus?: number
  readonly grpcStatusIn?: 'headers' | 'trailers'
  readonly kibPerSecond?: number
  readonly tookMs?: number
}

export interface SyntheticRequest {
  readonly id: string
  /** Since the scenario's start. */
  readonly intendedMs: number
  readonly lagMs?: number
  /** Default one attempt that answers 200 after 3 ms. */
  readonly attempts?: readonly SyntheticAttempt[]
  readonly plan?: readonly PlannedFault[]
  /** Default: the last attempt's code. */
  readonly answer?: Pick<RequestAnswered, 'status' | 'error' | 'grpcStatus'>
  /** Flags of the access log's line; default the last attempt's. */
  readonly flags?: readonly string[]
  readonly path?: string
  readonly traffic?: number
  /** Default: the sum of the attempts and of the lag. */
  readonly latencyMs?: number
}

const syntheticStartMs = 100

/** What one request leaves in a history, in the order of time. */
export function syntheticRequest(request: SyntheticRequest, scenario = 'synthetic', cluster = 'user'): NewEvent[] {
  const { id, lagMs = 0, attempts = [{}], plan = [], path = '/', traffic = 0 } = request
  const intendedMs = syntheticStartMs + request.intendedMs
  const base = { scenario, id }
  const events: NewEvent[] = [
    {
      ...base,
      kind: 'request-sent',
      src: 'load',
      atMs: intendedMs + lagMs,
      traffic,
      method: 'GET',
      host: 'user',
      path,
      bodyBytes: 0,
      intendedMs,
      plan,
    },
  ]
  let nowMs = intendedMs + lagMs
  for (const [index, attempt] of attempts.entries()) {
    const { code = 200, flags = [], faultFlags = [], kibPerSecond, tookMs = 3 } = attempt
    const { grpcStatus, grpcStatusIn = 'headers' } = attempt
    const grpc = grpcStatus === undefined ? {} : { grpcStatus }
    const protocol = grpcStatus === undefined ? 'HTTP/1.1' : 'HTTP/2'
    const common = { ...base, ...grpc, attempt: index + 1, startMs: nowMs, code, details: '', cluster, protocol }
    nowMs += tookMs
    events.push(
      {
        ...common,
        kind: 'attempt-seen',
        src: 'fault',
        atMs: nowMs,
        flags: faultFlags,
        host: 1,
        authority: 'user',
        method: 'GET',
        path,
        ...(kibPerSecond === undefined ? {} : { kibPerSecond }),
      },
      {
        ...common,
        kind: 'attempt-logged',
        src: 'egress',
        atMs: nowMs,
        flags,
        failureReason: '',
        host: '127.0.0.2:8080',
        ...(grpcStatus === undefined ? {} : { grpcStatusIn }),
      },
    )
  }
  const last = attempts.at(-1)
  const code = last?.code ?? 200
  const grpc = last?.grpcStatus === undefined ? {} : { grpcStatus: last.grpcStatus }
  const answer = request.answer ?? { status: code, ...grpc }
  events.push(
    {
      ...base,
      kind: 'request-logged',
      src: 'egress',
      atMs: nowMs,
      startMs: intendedMs + lagMs,
      code,
      flags: request.flags ?? last?.flags ?? [],
      details: 'via_upstream',
      attempts: attempts.length,
      cluster,
      authority: 'user',
      ...grpc,
    },
    {
      ...base,
      kind: 'request-answered',
      src: 'load',
      atMs: nowMs,
      bytes: 64,
      latencyMs: request.latencyMs ?? nowMs - intendedMs,
      ...answer,
    },
  )
  return events
}

/** A scenario's start and end around its requests, and a heartbeat every 50 ms, in the order of time. */
export function syntheticRun(
  requests: readonly SyntheticRequest[],
  others: readonly NewEvent[] = [],
  scenario = 'synthetic',
): NewEvent[] {
  const events = [...requests.flatMap((request) => syntheticRequest(request, scenario)), ...others]
  const endMs = Math.max(syntheticStartMs, ...events.map(({ atMs }) => atMs)) + 1
  const beats = Array.from({ length: Math.ceil((endMs - syntheticStartMs) / 50) }, (_, index): NewEvent => {
    return { kind: 'heartbeat', src: 'runner', scenario: '', atMs: syntheticStartMs + index * 50, lateMs: 0.5 }
  })
  const ordered = [...events, ...beats].sort((left, right) => left.atMs - right.atMs)
  return [
    { kind: 'scenario-started', src: 'runner', scenario, atMs: syntheticStartMs },
    ...ordered,
    { kind: 'scenario-ended', src: 'runner', scenario, atMs: endMs },
  ]
}

/** Events as a reader would hand them out. */
export function numbered(events: readonly NewEvent[]): HistoryEvent[] {
  const next = new Map<string, number>()
  return events.map((event): HistoryEvent => {
    const seq = next.get(event.src) ?? 0
    next.set(event.src, seq + 1)
    return { ...event, seq }
  })
}

/** As the lines of a file, end marker included. */
export function syntheticText(header: HistoryHeader, events: readonly NewEvent[]): string {
  const endMs = Math.max(0, ...events.map(({ atMs }) => atMs))
  const end: NewEvent = { kind: 'end', src: 'runner', scenario: '', atMs: endMs, reason: 'complete', dropped: 0 }
  return [header, ...numbered([...events, end])].map((line) => `${JSON.stringify(line)}\n`).join('')
}
