// For each cluster of a declared policy a request that leads to it, or the reason why none does. Requests are guessed from
// what routes match on, and a guess counts only when the policy's own matcher takes it to that very route.

import { basename } from 'node:path'
import { listenerOf } from '../../mesh/match-route.ts'
import {
  clustersOfRoute,
  type DeclaredCluster,
  type DeclaredPolicy,
  type DeclaredRoute,
  type DeclaredVirtualHost,
  possibleRoutes,
} from '../../mesh/policy.ts'
import { type BeforeRouting, beforeRouting } from './before-routing.ts'
import { type ExampleRequest, exampleRequests, speaksGrpc } from './example-request.ts'

export interface Reached {
  readonly cluster: DeclaredCluster
  readonly route: DeclaredRoute
  readonly request: ExampleRequest
  /** Of these requests, the share that goes to the cluster (0-1). */
  readonly share: number
  /** The cluster gets copies of requests only. */
  readonly isShadow: boolean
  /** The route takes its requests by chance. */
  readonly isByChance: boolean
  /** What may happen to a request before its route is chosen. */
  readonly before?: BeforeRouting
}

export interface Unreached {
  readonly cluster: string
  readonly reason: string
}

export interface Reach {
  readonly reached: readonly Reached[]
  readonly unreached: readonly Unreached[]
}

export function reachClusters(policy: DeclaredPolicy): Reach {
  const isSplit = new Set(policy.virtualHosts.map(({ listener }) => listener)).size > 1
  const reached: Reached[] = []
  const unreached: Unreached[] = []
  for (const cluster of policy.clusters) {
    const ways = policy.virtualHosts.flatMap((virtualHost) =>
      virtualHost.routes
        .filter((route) => clustersOfRoute(route).includes(cluster.name))
        .map((route) => wayTo(policy, cluster, virtualHost, route, isSplit)),
    )
    const found = ways.filter((way) => typeof way !== 'string').toSorted((left, right) => merit(right) - merit(left))
    const [best] = found
    if (best !== undefined) reached.push(best)
    else unreached.push({ cluster: cluster.name, reason: firstReason(ways) })
  }
  return { reached, unreached: [...unreached, ...unknownClusters(policy)] }
}

function firstReason(ways: readonly (Reached | string)[]): string {
  const [reason = 'no HTTP route leads to it'] = ways.filter((way) => typeof way === 'string')
  return ways.length > 1 ? `${reason} (and so for ${ways.length - 1} more)` : reason
}

/** Routes to clusters that the config does not have: Envoy answers 503 (NC) for them. */
function unknownClusters({ virtualHosts, clusters }: DeclaredPolicy): readonly Unreached[] {
  const known = new Set(clusters.map(({ name }) => name))
  const routes = virtualHosts.flatMap((virtualHost) => virtualHost.routes)
  const missing = new Map<string, string>()
  for (const route of routes) {
    for (const name of clustersOfRoute(route)) {
      if (name !== '' && !known.has(name) && !missing.has(name)) missing.set(name, placeOf(route))
    }
  }
  return [...missing].map(([cluster, place]) => {
    return { cluster, reason: `the route${place} leads to it, but the config has no such cluster` }
  })
}

/** Below it a machine's own hiccups are as long as a quarter of the timer, and timed rules cannot judge. */
const shortTimerMs = 200

/** A whole share, timers that can be judged, a retry policy and a plain request make the better example. */
function merit({ share, isShadow, isByChance, route, request }: Reached): number {
  const timers = [route.timeoutMs, route.retry?.perTryTimeoutMs ?? 0].filter((ms) => ms > 0)
  const isShort = Math.min(...timers, shortTimerMs) < shortTimerMs
  const plain = Object.keys(request.headers).length === 0 && request.method === 'GET' ? 1 : 0
  return (
    share * (isShadow ? 1 : 100) +
    (isByChance ? 0 : 50) +
    (isShort ? 0 : 10) +
    (route.retry === undefined ? 0 : 3) +
    plain
  )
}

function wayTo(
  policy: DeclaredPolicy,
  cluster: DeclaredCluster,
  virtualHost: DeclaredVirtualHost,
  route: DeclaredRoute,
  isSplit: boolean,
): Reached | string {
  const guesses = exampleRequests(virtualHost, route, { isSplit, isGrpc: speaksGrpc(policy, cluster, route) })
  if (guesses.length === 0) return `the route${placeOf(route)} takes no request that the load generator can send`
  const ways = guesses.map((request) => ({ request, routes: routesOf(policy, request) }))
  const found =
    ways.find(({ routes }) => routes[0] === route && routes.length === 1) ??
    ways.find(({ routes }) => routes.includes(route))
  if (found === undefined) return noWay(ways[0]?.routes[0], route)
  const { share, isShadow } = shareOf(route, cluster.name)
  const before = beforeRouting(listenerOf(policy, found.request.listener), found.request.isGrpc)
  return {
    cluster,
    route,
    request: found.request,
    share,
    isShadow,
    isByChance: found.routes.length > 1,
    ...(before === undefined ? {} : { before }),
  }
}

/** As the router sees it: a gRPC call has its content type. */
function routesOf(policy: DeclaredPolicy, request: ExampleRequest): readonly (DeclaredRoute | undefined)[] {
  const { isGrpc, headers, ...rest } = request
  const own = isGrpc ? { 'content-type': 'application/grpc', te: 'trailers' } : {}
  return possibleRoutes(policy, { ...rest, headers: { ...headers, ...own } })
}

function shareOf(route: DeclaredRoute, cluster: string): { share: number; isShadow: boolean } {
  const { weighted = [] } = route
  const whole = weighted.reduce((sum, { weight }) => sum + weight, 0)
  const own = weighted.filter((one) => one.cluster === cluster).reduce((sum, { weight }) => sum + weight, 0)
  if (whole > 0) return own > 0 ? { share: own / whole, isShadow: false } : shadowOf(route, cluster)
  return route.cluster === cluster ? { share: 1, isShadow: false } : shadowOf(route, cluster)
}

function shadowOf({ shadows = [] }: DeclaredRoute, cluster: string): { share: number; isShadow: boolean } {
  return { share: shadows.find((one) => one.cluster === cluster)?.ratio ?? 0, isShadow: true }
}

function noWay(taken: DeclaredRoute | undefined, route: DeclaredRoute): string {
  if (taken !== undefined) return `the route${placeOf(taken)} comes before${placeOf(route)} and takes its requests`
  return `no example was found of what the route${placeOf(route)} matches; write the request by hand`
}

/** ` at book.yaml:12`, or nothing where the config has no lines. */
export function placeOf({ lines }: DeclaredRoute): string {
  const place = lines.route ?? Object.values(lines)[0]
  return place?.line === undefined ? '' : ` at ${basename(place.file)}:${place.line}`
}
