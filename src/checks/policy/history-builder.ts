// Builds small histories for the tests of the policy oracle: one call a request, and every log line, counter and clock
// reading that goes with it, as Envoy 1.40.0 writes them. What a test wants to be wrong it says in the call, or changes
// afterwards in the events. It is no simulator: it decides nothing by itself.

import type {
  AttemptLogged,
  Counters,
  HistoryEvent,
  HistoryHeader,
  RequestAnswered,
  RequestLogged,
} from '../../core/history.ts'
import type { MeshScenario } from '../../core/scenario-record.ts'
import type { Conclusion } from '../../core/verdict.ts'
import type { DeclaredPolicy } from '../../mesh/policy.ts'
import { declaredPolicy } from './declared-example.ts'
import { type PolicyConfig, policy } from './policy.ts'

/** One attempt. `code` 0 with flags is what the upstream log says of an attempt without answer. */
export interface Try {
  readonly code: number
  readonly tookMs?: number
  /** After the end of the attempt before it. */
  readonly backOffMs?: number
  /** From the start to the ready connection; `none`: there never was one. */
  readonly waitMs?: number | 'none'
  readonly flags?: readonly string[]
  /** Counted from 1; 0: none was chosen. */
  readonly host?: number
  /** Of a gRPC call; in the headers unless said otherwise. */
  readonly grpcStatus?: number
  readonly grpcStatusIn?: 'headers' | 'trailers'
}

export interface Request {
  readonly id: string
  readonly atMs: number
  readonly method?: string
  readonly host?: string
  readonly path?: string
  readonly bodyBytes?: number
  readonly cluster?: string
  readonly tries: readonly Try[]
  readonly logged?: Partial<Pick<RequestLogged, 'code' | 'flags' | 'details' | 'cluster' | 'attempts' | 'grpcStatus'>>
  /** When the request ended after its last attempt: a back-off that was cut short. */
  readonly endsAfterMs?: number
  readonly answered?: Partial<Pick<RequestAnswered, 'status' | 'error' | 'grpcStatus'>>
  readonly authority?: string
  readonly protocol?: string
}

const scenarioName = 'example'
const scenario: MeshScenario = {
  name: scenarioName,
  about: '',
  file: '(inline)',
  mesh: { definition: 'book.yaml', node: 'book', declared: 'book.yaml' },
  upstreams: {
    'user-development': { hosts: 3, serviceTime: { p50Ms: 3, p99Ms: 20 }, status: 200, bodyBytes: 2 },
  },
  traffic: [],
  durationMs: 3000,
  faults: [],
  expect: [],
  isolated: false,
}

/** An event as a test writes it; source, sequence and scenario are filled in. */
export type Draft = HistoryEvent extends infer Event
  ? Event extends HistoryEvent
    ? Omit<Event, 'src' | 'seq' | 'scenario'>
    : never
  : never

/** A history in the making. Events may be changed freely before it is judged. */
export class HistoryBuilder {
  events: HistoryEvent[] = []
  readonly declared: DeclaredPolicy
  private readonly counts: Record<string, number> = {}
  private seq = 0

  constructor(declared: DeclaredPolicy = declaredPolicy()) {
    this.declared = declared
  }

  add(...drafts: readonly Draft[]): this {
    for (const draft of drafts) {
      const event = { src: 'egress', seq: this.seq++, scenario: scenarioName, ...draft }
      this.events.push(event as HistoryEvent)
    }
    return this
  }

  request(request: Request): this {
    const { id, atMs, method = 'GET', host = 'user', path = '/', bodyBytes = 0, cluster = 'user-development' } = request
    const authority = request.authority ?? 'user.internal'
    this.add({ kind: 'request-sent', id, atMs, traffic: 0, method, host, path, bodyBytes, intendedMs: atMs, plan: [] })
    let endMs = atMs + 0.4
    let last: AttemptLogged | undefined
    for (const [index, one] of request.tries.entries()) {
      const startMs = index === 0 ? endMs : endMs + (one.backOffMs ?? 10)
      last = this.tryOnce(request, one, index + 1, startMs, cluster, authority)
      endMs = last.atMs
    }
    endMs += request.endsAfterMs ?? 0.05
    const ending = endingOf(last, request)
    const logged = { cluster, ...ending, ...request.logged }
    this.add({ kind: 'request-logged', id, atMs: endMs, startMs: atMs + 0.3, authority, ...logged })
    const grpc = logged.grpcStatus === undefined ? {} : { grpcStatus: logged.grpcStatus }
    const answered = request.answered ?? { status: logged.code, ...grpc }
    this.add({ kind: 'request-answered', id, atMs: endMs + 0.5, bytes: 2, latencyMs: endMs + 0.5 - atMs, ...answered })
    this.count('upstream_rq_retry', Math.max(0, logged.attempts - 1), cluster)
    if (logged.flags.includes('URX')) this.count('upstream_rq_retry_limit_exceeded', 1, cluster)
    if (logged.flags.includes('UO') && logged.details === 'via_upstream')
      this.count('upstream_rq_retry_overflow', 1, cluster)
    const isLost = logged.code === 0 || logged.code >= 500 || logged.flags.includes('URX')
    if (request.tries.length > 1 && !isLost) this.count('upstream_rq_retry_success', 1, cluster)
    return this
  }

  /** Requests beside the one that is looked at, which show that Envoy was awake. */
  neighbours(fromMs: number, toMs: number, host = 2): this {
    for (let atMs = fromMs; atMs < toMs; atMs += 4) {
      this.request({ id: `neighbour-${atMs}`, atMs, method: 'POST', tries: [{ code: 200, host }] })
    }
    return this
  }

  private tryOnce(
    request: Request,
    one: Try,
    attempt: number,
    startMs: number,
    cluster: string,
    authority: string,
  ): AttemptLogged {
    const { code, tookMs = 4, waitMs = 0.1, flags = [], host = 1, grpcStatus, grpcStatusIn = 'headers' } = one
    const grpc = grpcStatus === undefined ? {} : { grpcStatus }
    const spoken = request.protocol ?? 'HTTP/1.1'
    const ready = waitMs === 'none' ? {} : { readyMs: startMs + waitMs }
    const headMs = startMs + (waitMs === 'none' ? 0 : waitMs) + tookMs
    const atMs = code > 0 ? headMs + 0.1 : headMs
    const draft = {
      kind: 'attempt-logged' as const,
      id: request.id,
      attempt,
      startMs,
      ...ready,
      ...(code > 0 ? { headMs } : {}),
      atMs,
      code,
      flags,
      details: '',
      failureReason: '',
      cluster,
      host: host === 0 ? '' : `127.0.0.${host}:8080`,
      protocol: waitMs === 'none' ? '' : spoken,
      ...grpc,
      ...(grpcStatus === undefined ? {} : { grpcStatusIn }),
    }
    this.add(draft)
    if (waitMs !== 'none') {
      const { method = 'GET', path = '/' } = request
      const common = { id: request.id, attempt, cluster, host, authority, method, path, protocol: spoken }
      const faultFlags = code === 0 ? ['DC'] : []
      this.add({
        kind: 'attempt-seen',
        ...common,
        startMs: startMs + waitMs + 0.2,
        atMs: atMs + 0.1,
        code,
        flags: faultFlags,
        details: '',
        ...grpc,
      })
      this.count('upstream_rq_total', 1, cluster)
    }
    if (flags.includes('UT')) this.count('upstream_rq_per_try_timeout', 1, cluster)
    if (flags.includes('UO'))
      this.count(host === 0 ? 'upstream_rq_pending_overflow' : 'upstream_rq_active_overflow', 1, cluster)
    const retried = attempt < request.tries.length || request.endsAfterMs !== undefined
    if (retried && code > 0) this.count(`retry.upstream_rq_${code}`, 1, cluster)
    return { src: 'egress', seq: 0, scenario: scenarioName, ...draft }
  }

  /** Envoy's event log: the host is out from `atMs` on, and back at `returnsMs`. */
  ejection(atMs: number, host: number, returnsMs?: number, reason = 'CONSECUTIVE_5XX', ejections = 1): this {
    const common = { cluster: 'user-development', host: `127.0.0.${host}:8080`, ejections }
    this.add({ kind: 'host-ejected', atMs: Math.floor(atMs), reason, enforced: true, ...common })
    this.count('outlier_detection.ejections_enforced_total', 1)
    if (returnsMs === undefined) return this
    return this.add({ kind: 'host-returned', atMs: Math.floor(returnsMs), reason: '', enforced: false, ...common })
  }

  count(stat: string, by: number, cluster = 'user-development'): this {
    const key = `cluster.${cluster}.${stat}`
    this.counts[key] = (this.counts[key] ?? 0) + by
    return this
  }

  /** Changes the events that `where` picks; throws when it picks none, so that a test cannot mutate nothing. */
  change(where: (event: HistoryEvent) => boolean, to: (event: HistoryEvent) => readonly HistoryEvent[]): this {
    if (!this.events.some(where)) throw new Error('no event to change')
    this.events = this.events.flatMap((event) => (where(event) ? to(event) : [event]))
    return this
  }

  /** Judges the history with its frame: start, counters, end. Events go in order of time, as a run writes them. */
  judge(config: PolicyConfig = {}, frame: { readonly counters?: boolean; readonly ended?: boolean } = {}): Conclusion {
    const lastMs = Math.max(0, ...this.events.map((event) => event.atMs))
    const counters = (phase: Counters['phase'], atMs: number): HistoryEvent => ({
      kind: 'counters',
      phase,
      atMs,
      src: 'egress',
      seq: 0,
      scenario: scenarioName,
      envoy: 'egress',
      values: phase === 'before' ? {} : this.counts,
    })
    const counted = frame.counters === false ? [] : [counters('before', 0), counters('after', lastMs + 20)]
    const runner = { src: 'runner', seq: 0 } as const
    const ended: readonly HistoryEvent[] = [
      { kind: 'scenario-ended', atMs: lastMs + 10, ...runner, scenario: scenarioName },
      { kind: 'end', atMs: lastMs + 30, ...runner, scenario: '', reason: 'complete', dropped: 0 },
    ]
    const all = [...this.events, ...counted, ...(frame.ended === false ? [] : ended)]
    return judgeEvents(all, this.declared, config)
  }
}

function judgeEvents(
  events: readonly HistoryEvent[],
  declared: DeclaredPolicy = declaredPolicy(),
  config: PolicyConfig = {},
): Conclusion {
  const header: HistoryHeader = {
    format: 1,
    versions: { shaketable: '0', envoy: '1.40.0', node: '24' },
    seed: 'seed',
    startedAt: '2026-01-01T00:00:00.000Z',
    scenarios: [scenario],
    declaredPolicy: { [scenarioName]: declared },
    servedSha256: {},
    clock: { source: 'CLOCK_MONOTONIC', wallOffsetMs: 0, wallOffsetErrorMs: 0.1, tickMs: 4 },
  }
  const check = policy.start(config, { header, scenario })
  for (const event of events.toSorted((left, right) => left.atMs - right.atMs)) check.observe(event)
  return check.conclude()
}

/** What Envoy makes of the last attempt when nothing else is said. */
function endingOf(last: AttemptLogged | undefined, { tries }: Request) {
  const attempts = tries.length
  if (last === undefined) return { code: 404, flags: ['NR'], details: 'route_not_found', attempts, cluster: '' }
  const { code, flags } = last
  if (flags.includes('UT')) return { code: 504, flags, details: 'upstream_per_try_timeout', attempts }
  if (flags.includes('UO')) {
    return { code: 503, flags, details: 'upstream_reset_before_response_started{overflow}', attempts }
  }
  if (code === 0 && flags.length === 0) return { code: 504, flags: ['UT'], details: 'response_timeout', attempts }
  if (code === 0) {
    const why = flags.includes('UPE') ? 'protocol_error' : 'connection_termination'
    const details = `upstream_reset_before_response_started{${why}}`
    return { code: flags.includes('UPE') ? 502 : 503, flags, details, attempts }
  }
  const grpc = last.grpcStatus === undefined ? {} : { grpcStatus: last.grpcStatus }
  return { code, flags, details: 'via_upstream', attempts, ...grpc }
}
