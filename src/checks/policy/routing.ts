// Which of its declared routes a request took. Where chance decides (a share of the requests, weighted clusters) each
// possible way is right, and the request is held to the policy of the one that it took. What the model of a foreign config
// does not know is `unmodelled`, with the reason.

import type { TrafficRecord } from '../../core/scenario-record.ts'
import { type EffectivePath, effectiveHost, effectivePath } from '../../mesh/effective-path.ts'
import { listenerOf } from '../../mesh/match-route.ts'
import {
  type DeclaredListener,
  type DeclaredPolicy,
  type DeclaredRoute,
  type HostRewrite,
  possibleRoutes,
  type RoutedRequest,
} from '../../mesh/policy.ts'
import { redirectLocation, upstreamPath } from '../../mesh/rewritten-path.ts'
import { hasCode } from './grpc-outcome.ts'
import { configLine, nameOf, type Violation, type WholeRequest } from './rule.ts'

export interface TakenRoute {
  readonly kind: 'taken'
  readonly route: DeclaredRoute
  /** The chosen one of several; empty where the route answers by itself. */
  readonly cluster: string
  readonly hostRewrite: HostRewrite
  /** What upstream is to see where nothing rewrites it. */
  readonly host: string
  /** What upstream is to see; absent: not known here. */
  readonly path: string | undefined
}

export type Routing =
  | TakenRoute
  /** No route is declared, and it found none; or its listener rightly turned it away. */
  | { readonly kind: 'turned-away' }
  | { readonly kind: 'not-asked' }
  | { readonly kind: 'unmodelled'; readonly why: string }
  | { readonly kind: 'wrong'; readonly violation: Violation }

/** The request as the listener gets it. */
export function asRouted({ sent }: Pick<WholeRequest, 'sent'>, traffic: readonly TrafficRecord[]): RoutedRequest {
  const { request } = traffic[sent.traffic] ?? {}
  const grpc = request?.grpc === undefined ? {} : { 'content-type': 'application/grpc', te: 'trailers' }
  const { method, host, path } = sent
  const headers = { ...request?.headers, ...grpc }
  const { listener } = request ?? {}
  return { method, host, path, headers, ...(listener !== undefined && { listener }) }
}

export function routing(
  request: WholeRequest,
  policy: DeclaredPolicy,
  traffic: readonly TrafficRecord[] = [],
): Routing {
  const { logged } = request
  // A client that left before the router could look tells nothing about routes.
  if (logged.flags.includes('DC') && logged.cluster === '') return { kind: 'not-asked' }
  const routed = asRouted(request, traffic)
  const listener = listenerOf(policy, routed.listener)
  const before = beforeRouting(request, routed, listener)
  if (before !== undefined) return before
  const possible = possibleRoutes(policy, routed)
  const fitting = possible.filter((route) => fits(route, request))
  const [first] = fitting
  if (fitting.length === 0) return { kind: 'wrong', violation: wrongWay(request, possible) }
  if (fitting.length > 1 && !fitting.every((route) => samePolicy(route, first))) {
    return { kind: 'unmodelled', why: 'several routes may have taken it' }
  }
  return first === undefined ? { kind: 'turned-away' } : taken(first, request, routed, listener)
}

const clientsSettings =
  /^x-envoy-(upstream-rq|retry-|retriable-|max-retries|hedge-|upstream-alt|upstream-stream|decorator)/i

/** The listener may answer by itself, or change what this model cannot follow. */
function beforeRouting(
  request: WholeRequest,
  routed: RoutedRequest,
  listener: DeclaredListener | undefined,
): Routing | undefined {
  const path = effectivePath(routed.path, listener)
  if (path.kind !== 'path') return answeredForPath(request, path)
  if (listener === undefined) return undefined
  if (listener.unmodelled !== undefined) return { kind: 'unmodelled', why: listener.unmodelled }
  // The port that it takes off is its own, which is another one here.
  if (typeof listener.stripPort === 'number' && /:\d+$/.test(routed.host)) {
    return { kind: 'unmodelled', why: 'strip_matching_host_port' }
  }
  if (Object.keys(routed.headers ?? {}).some((name) => clientsSettings.test(name))) {
    return { kind: 'unmodelled', why: 'the request brings x-envoy- settings of its own' }
  }
  const { answeredBy = [] } = listener
  const { logged } = request
  if (answeredBy.length > 0 && logged.attempts === 0 && !ofRouter.test(logged.details)) {
    return { kind: 'unmodelled', why: `${answeredBy.join(' or ')} may answer before the router (${logged.details})` }
  }
  return undefined
}

/** Details of answers that only the router gives. */
const ofRouter =
  /^(route_not_found|direct_response|cluster_not_found|no_healthy_upstream|upstream_|response_timeout|via_upstream|maintenance_mode)/

function answeredForPath(request: WholeRequest, path: Exclude<EffectivePath, { kind: 'path' }>): Routing {
  const expected = path.kind === 'rejected' ? 400 : 307
  const location = request.answered.headers?.location
  const right = path.kind === 'rejected' || location === undefined || location === path.location
  if (hasCode(request.logged, expected) && right) return { kind: 'turned-away' }
  const to = path.kind === 'rejected' ? '' : ` to ${path.location}`
  return {
    kind: 'wrong',
    violation: {
      message: `${nameOf(request)} has a path that its listener does not pass on`,
      expected: `${expected}${to} from the listener`,
      observed: placeOf(request),
    },
  }
}

function fits(route: DeclaredRoute | undefined, { logged }: WholeRequest): boolean {
  const turnedAway = logged.flags.includes('NR')
  if (route === undefined) return turnedAway && hasCode(logged, 404)
  if (route.answers !== undefined) return logged.details === 'direct_response' && hasCode(logged, route.answers.status)
  if (turnedAway || logged.flags.includes('NC')) return false
  return clustersTaken(route).includes(logged.cluster) || (route.cluster === '' && route.unmodelled !== undefined)
}

function clustersTaken({ cluster, weighted }: DeclaredRoute): readonly string[] {
  return weighted === undefined ? [cluster] : weighted.filter(({ weight }) => weight > 0).map((share) => share.cluster)
}

function samePolicy(left: DeclaredRoute | undefined, right: DeclaredRoute | undefined): boolean {
  const policyOf = (route: DeclaredRoute | undefined) => JSON.stringify({ ...route, match: '', lines: '' })
  return policyOf(left) === policyOf(right)
}

function taken(
  route: DeclaredRoute,
  request: WholeRequest,
  routed: RoutedRequest,
  listener: DeclaredListener | undefined,
): Routing {
  const host = effectiveHost(routed.host, listener)
  const path = effectivePath(routed.path, listener)
  const asSeen = path.kind === 'path' ? path.path : routed.path
  const wrong = wrongLocation(route, request, { host, path: asSeen })
  if (wrong !== undefined) return { kind: 'wrong', violation: wrong }
  if (route.unmodelled !== undefined) return { kind: 'unmodelled', why: route.unmodelled }
  const cluster = route.answers === undefined ? request.logged.cluster : ''
  const share = route.weighted?.find((one) => one.cluster === cluster)
  const hostRewrite = share?.hostRewrite ?? route.hostRewrite
  return { kind: 'taken', route, cluster, hostRewrite, host, path: upstreamPath(route, asSeen) }
}

function wrongLocation(
  route: DeclaredRoute,
  request: WholeRequest,
  seen: { readonly host: string; readonly path: string },
): Violation | undefined {
  const observed = request.answered.headers?.location
  const expected = redirectLocation(route, seen)
  if (observed === undefined || expected === undefined || observed === expected) return undefined
  const message = `${nameOf(request)} was redirected to another place`
  return { message, expected, observed, ...configLine(route.lines, 'answers', 'route') }
}

function wrongWay(request: WholeRequest, possible: readonly (DeclaredRoute | undefined)[]): Violation {
  const [first] = possible
  const observed = placeOf(request)
  const expected = [...new Set(possible.map(waysOf))].join(', or ')
  if (first === undefined)
    return { message: `${nameOf(request)} has no declared route but was served`, expected, observed }
  const message = `${nameOf(request)} did not take its declared route`
  return { message, expected, observed, ...configLine(first.lines, 'route') }
}

function waysOf(route: DeclaredRoute | undefined): string {
  if (route === undefined) return '404, no route'
  if (route.answers !== undefined) return `${route.answers.status} by the route itself`
  return `cluster ${clustersTaken(route).join(' or ')}`
}

function placeOf({ logged }: WholeRequest): string {
  if (logged.flags.includes('NR')) return `404, no route`
  if (logged.flags.includes('NC')) return `${logged.code}, the cluster is unknown to Envoy`
  if (logged.cluster === '') return `${logged.code} (${logged.details}), no cluster`
  return `cluster ${logged.cluster}, ${logged.code}`
}
