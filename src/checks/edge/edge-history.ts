// Builds small histories for the tests of `edge` and `callers`: one call a request, with the lines that go with it as Envoy
// 1.40.0 writes them for an edge that keeps its promises. What a test wants to be wrong it says in the call.

import type { CheckKind } from '../../core/check.ts'
import type { HistoryEvent, NewEvent } from '../../core/history.ts'
import type { TrafficRecord } from '../../core/scenario-record.ts'
import { numbered, syntheticHeader, syntheticScenario } from '../../core/synthetic-history.ts'
import type { Conclusion } from '../../core/verdict.ts'
import type { DeclaredEdge } from '../../mesh/edge.ts'
import type { DeclaredListener, DeclaredPolicy, DeclaredRoute } from '../../mesh/policy.ts'

const line = (text: string) => ({ file: 'edge.yaml', line: 1, text })

export const declaredEdge: DeclaredEdge = {
  statPrefix: 'public',
  bodyLimitBytes: 1024,
  requestTimeoutMs: 500,
  streamIdleTimeoutMs: 300,
  connections: { idleTimeoutMs: 400, maxDurationMs: 2000, maxRequests: 5, drainMs: 5000 },
  client: { useRemoteAddress: true, trustedHops: 1, skipAppend: false, internal: [] },
  lines: { bodyLimit: line('max_request_bytes: 1024') },
}
export const declaredListener: DeclaredListener = {
  name: 'public',
  normalizePath: true,
  mergeSlashes: true,
  escapedSlashes: 'redirect',
  edge: declaredEdge,
}
const route: DeclaredRoute = {
  match: { kind: 'prefix', value: '/' },
  cluster: 'shop',
  timeoutMs: 5000,
  idleTimeoutMs: 300,
  hostRewrite: { kind: 'sent' },
  lines: {},
}
const upload: DeclaredRoute = { ...route, match: { kind: 'prefix', value: '/upload' }, bodyLimitBytes: 8192 }

export function declaredPolicy(listeners: readonly DeclaredListener[] = [declaredListener]): DeclaredPolicy {
  const virtualHosts = [{ name: 'shop', domains: ['*'], routes: [upload, route] }]
  return { node: 'edge', file: 'edge.yaml', virtualHosts, clusters: [], listeners }
}

export interface EdgeCall {
  readonly id: string
  readonly atMs?: number
  readonly request?: Partial<TrafficRecord['request']>
  readonly protocol?: 'HTTP/2'
  readonly tookMs?: number
  readonly code?: number
  /** `via_upstream` unless said otherwise; only that has an attempt. */
  readonly details?: string
  /** Of the answer. */
  readonly headers?: Readonly<Record<string, string>>
  /** As they came upstream; by default what the declared edge makes of them. */
  readonly upstream?: { readonly path?: string; readonly headers?: Readonly<Record<string, string>> }
  readonly client?: string
  readonly connection?: string
  readonly connectionAgeMs?: number
  /** Nobody but the client knows of it. */
  readonly lost?: true
}

export const address = '192.0.2.2'
export const plainHeaders = {
  'x-forwarded-for': address,
  'x-forwarded-proto': 'http',
  'x-envoy-external-address': '127.0.0.1',
}

function eventsOf(call: EdgeCall, traffic: number): readonly NewEvent[] {
  const {
    id,
    atMs = 0,
    tookMs = 5,
    code = 200,
    details = 'via_upstream',
    connectionAgeMs = 1,
    client = '127.0.0.1',
  } = call
  const { path = '/', method = 'GET', bodyBytes = 0, listener } = call.request ?? {}
  const endMs = atMs + tookMs
  const base = { scenario: 'synthetic', id }
  const sent = { ...base, kind: 'request-sent', src: 'load', atMs, traffic, method, host: 'shop', path } as const
  const answered = { ...base, kind: 'request-answered', src: 'load', atMs: endMs, bytes: 0, latencyMs: tookMs } as const
  const first: NewEvent = { ...sent, bodyBytes, intendedMs: atMs, plan: [] }
  if (call.lost) return [first, { ...answered, error: 'reset' }]
  const common = { ...base, startMs: atMs, atMs: endMs, code, flags: [], details, cluster: 'shop' }
  const { connection = `of-${id}` } = call
  const entered = { connection, connectionAgeMs, client, ...(listener === undefined ? {} : { listener }) }
  const isUpstream = details === 'via_upstream'
  const attempt = { ...common, attempt: 1, protocol: 'HTTP/1.1' }
  const there: readonly NewEvent[] = [
    {
      ...attempt,
      kind: 'attempt-logged',
      src: 'egress',
      headMs: endMs,
      readyMs: atMs,
      failureReason: '',
      host: '127.0.0.2:80',
    },
    {
      ...attempt,
      kind: 'attempt-seen',
      src: 'fault',
      host: 1,
      authority: 'shop',
      method,
      path: call.upstream?.path ?? path,
      headers: call.upstream?.headers ?? plainHeaders,
    },
  ]
  return [
    first,
    ...(isUpstream ? there : []),
    { ...common, kind: 'request-logged', src: 'egress', attempts: isUpstream ? 1 : 0, authority: 'shop', ...entered },
    { ...answered, status: code, ...(call.headers === undefined ? {} : { headers: call.headers }) },
  ]
}

/** Judges calls, each of a traffic of its own, by the declared policy; `others` are events besides. */
export function judged<Config>(
  kind: CheckKind<Config>,
  config: unknown,
  calls: readonly EdgeCall[],
  policy: DeclaredPolicy = declaredPolicy(),
  others: readonly NewEvent[] = [],
): Conclusion {
  const [plain] = syntheticScenario().traffic
  if (plain === undefined) throw new Error('a scenario without traffic')
  const traffic = calls.map(({ request, protocol }): TrafficRecord => {
    const merged = { ...plain.request, host: 'shop', ...request }
    return { ...plain, request: merged, ...(protocol === undefined ? {} : { protocol }) }
  })
  const scenario = syntheticScenario({ traffic })
  const header = { ...syntheticHeader([scenario]), declaredPolicy: { [scenario.name]: policy } }
  const check = kind.start(kind.schema.parse(config), { header, scenario })
  const events = [...calls.flatMap(eventsOf), ...others]
  const ordered: readonly HistoryEvent[] = numbered(events.toSorted((left, right) => left.atMs - right.atMs))
  for (const event of ordered) check.observe(event)
  return check.conclude()
}
