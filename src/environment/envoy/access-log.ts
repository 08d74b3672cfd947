// Turns the JSON lines that our two Envoys write to stdout into history events. `E` is a request as the egress listener saw
// it, `U` one attempt as its router saw it, `F` one attempt as the fault listener saw it. Wall times are brought onto the
// run's clock here and nowhere else.

import type { NewEvent } from '../../core/history.ts'
import type { HostPlace } from '../topology.ts'

export interface AccessLogContext {
  /** Scenario name for a scenario key. */
  readonly scenarioOf: (key: string) => string | undefined
  readonly hostOf: (hostKey: string) => { readonly scenario: string; readonly place: HostPlace } | undefined
  /** What a scenario's names are prefixed with inside a shared Envoy. */
  readonly prefixOf: (key: string) => string
  /** Wall time in ms since the epoch to ms since the run's origin. */
  readonly toRunMs: (wallMs: number) => number
}

type Line = Readonly<Record<string, unknown>>

/**
 * An event, or `undefined` for a request that is not ours (a health check, a stranger on the port).
 * @throws SyntaxError for anything but a line that our templates ask for
 */
export function readAccessLogLine(text: string, context: AccessLogContext): NewEvent | undefined {
  const line = parseLine(text)
  if (asText(line.id) === '') return undefined
  const times = {
    atMs: context.toRunMs(Number(line.e) * 1000),
    startMs: context.toRunMs(Number(line.s) * 1000),
  }
  const common = {
    id: asText(line.id),
    code: Number(line.c ?? 0),
    flags: readFlags(asText(line.f)),
    details: asText(line.d),
    ...times,
  }
  if (line.l === 'F') return readFault(line, common, context)
  const scenario = context.scenarioOf(asText(line.k))
  if (scenario === undefined) return undefined
  const cluster = withoutPrefix(asText(line.u), context.prefixOf(asText(line.k)))
  if (line.l === 'E') {
    return {
      kind: 'request-logged',
      src: 'egress',
      scenario,
      ...common,
      attempts: Number(line.n ?? 0),
      cluster,
      authority: asText(line.a),
      ...grpcStatusOf(line),
      ...(asText(line.ln) === '' ? {} : { listener: asText(line.ln) }),
      ...(typeof line.dc === 'number' ? { connection: String(line.dc) } : {}),
      ...(typeof line.dx === 'number' ? { connectionAgeMs: line.dx / 1000 } : {}),
      ...(asText(line.dr) === '' ? {} : { client: asText(line.dr) }),
    }
  }
  return {
    kind: 'attempt-logged',
    src: 'egress',
    scenario,
    ...common,
    attempt: Number(line.n ?? 1),
    ...(typeof line.r === 'number' ? { readyMs: times.startMs + line.r / 1000 } : {}),
    ...(typeof line.y === 'number' ? { headMs: times.startMs + line.y / 1000 } : {}),
    failureReason: asText(line.t),
    cluster,
    host: asText(line.h),
    protocol: asText(line.p),
    ...grpcStatusOf(line),
    ...grpcPlaceOf(line),
    ...(asText(line.la) === '' ? {} : { connection: asText(line.la) }),
  }
}

type Common = { id: string; code: number; flags: readonly string[]; details: string; atMs: number; startMs: number }

function readFault(line: Line, common: Common, context: AccessLogContext): NewEvent | undefined {
  const host = context.hostOf(asText(line.k))
  if (host === undefined) return undefined
  return {
    kind: 'attempt-seen',
    src: 'fault',
    scenario: host.scenario,
    ...common,
    attempt: Number(line.n ?? 1),
    cluster: host.place.cluster,
    host: host.place.host,
    authority: asText(line.a),
    method: asText(line.m),
    path: asText(line.q),
    protocol: asText(line.p),
    ...grpcStatusOf(line),
    ...(Number(line.kb) > 0 ? { kibPerSecond: Number(line.kb) } : {}),
    ...(asText(line.w) === '' ? {} : { shadow: true }),
    ...forwardedOf(line),
  }
}

/** As it stood in the answer. Envoy's own GRPC_STATUS makes one of any HTTP status, also where an answer was cut. */
function grpcStatusOf(line: Line): { readonly grpcStatus?: number } {
  const text = asText(line.gh) || asText(line.gt)
  return /^\d{1,3}$/.test(text) ? { grpcStatus: Number(text) } : {}
}

function grpcPlaceOf(line: Line): { readonly grpcStatusIn?: 'headers' | 'trailers' } {
  if (grpcStatusOf(line).grpcStatus === undefined) return {}
  return { grpcStatusIn: asText(line.gh) === '' ? 'trailers' : 'headers' }
}

const forwarded = {
  xff: 'x-forwarded-for',
  xfp: 'x-forwarded-proto',
  xea: 'x-envoy-external-address',
  xdo: 'x-envoy-decorator-operation',
  xsc: 'x-envoy-downstream-service-cluster',
  xop: 'x-envoy-original-path',
} as const

function forwardedOf(line: Line): { readonly headers?: Readonly<Record<string, string>> } {
  const headers = Object.entries(forwarded).flatMap(([key, name]) => {
    const value = asText(line[key])
    return value === '' ? [] : [[name, value]]
  })
  return headers.length === 0 ? {} : { headers: Object.fromEntries(headers) }
}

function parseLine(text: string): Line {
  const value: unknown = JSON.parse(text)
  const line = typeof value === 'object' && value !== null ? (value as Line) : {}
  const isTimed = Number.isFinite(Number(line.s ?? Number.NaN)) && Number.isFinite(Number(line.e ?? Number.NaN))
  if (!isTimed || !['E', 'U', 'F'].includes(asText(line.l))) {
    throw new SyntaxError('an access log line of kind E, U or F with its times expected')
  }
  return line
}

const asText = (value: unknown): string => (typeof value === 'string' ? value : '')

const readFlags = (text: string): readonly string[] => (text === '' || text === '-' ? [] : text.split(','))

function withoutPrefix(name: string, prefix: string): string {
  return name.startsWith(prefix) ? name.slice(prefix.length) : name
}
