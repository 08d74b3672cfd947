// The policy model: what a config promises about every request, in plain records and with the place in the source behind
// each promise. The oracle reads only this (the declared side); it never sees what was served.

import type { ConfigLine } from '../core/verdict.ts'

export interface DeclaredPolicy {
  readonly node: string
  readonly file: string
  /** In order of declaration. */
  readonly virtualHosts: readonly DeclaredVirtualHost[]
  readonly clusters: readonly DeclaredCluster[]
}

export interface DeclaredVirtualHost {
  readonly name: string
  /** Exact, `*`, `*.suffix` or `prefix.*`, as Envoy has them. */
  readonly domains: readonly string[]
  /** The listener whose routes these are; absent: there is but one. */
  readonly listener?: string
  /** First match wins. */
  readonly routes: readonly DeclaredRoute[]
}

export interface DeclaredRoute {
  readonly match: {
    /** `path-prefix`: Envoy's `path_separated_prefix`; `regex` must match the whole path (RE2). */
    readonly kind: 'prefix' | 'path' | 'path-prefix' | 'regex'
    readonly value: string
    readonly ignoreCase?: true
    /** Absent: every method. */
    readonly methods?: readonly string[]
    readonly headers?: readonly DeclaredMatcher[]
    readonly query?: readonly DeclaredMatcher[]
    readonly grpcOnly?: true
    /** The share of requests (0-1) that it takes by chance; the others go on to the next route. */
    readonly ratio?: number
  }
  /** Empty where the route answers by itself. */
  readonly cluster: string
  /** By chance one of these instead; weights are parts of their sum. */
  readonly weighted?: readonly { readonly cluster: string; readonly weight: number }[]
  /** Copies go there as well, and their answers are thrown away. */
  readonly shadows?: readonly { readonly cluster: string; readonly ratio: number }[]
  /** It answers by itself. */
  readonly answers?: { readonly status: number; readonly location?: string }
  /** What upstream sees of path, where that is not the client's: the new prefix, or the whole of it. */
  readonly pathRewrite?: { readonly prefix: string } | { readonly regex: string; readonly substitution: string }
  /** Something that this model does not know, in words: only the cluster is judged then. */
  readonly unmodelled?: string
  /** 0: no timeout. */
  readonly timeoutMs: number
  readonly retry?: {
    readonly on: readonly string[]
    /** For `retriable-status-codes`. */
    readonly statusCodes?: readonly number[]
    readonly retries: number
    /** Absent: none. */
    readonly perTryTimeoutMs?: number
    readonly backOffBaseMs: number
    readonly backOffMaxMs: number
  }
  /** Literal Host header sent upstream, or `auto`: the name of the chosen endpoint. */
  readonly hostRewrite: { readonly kind: 'literal'; readonly value: string } | { readonly kind: 'auto' }
  /** Source lines by what they promise: `route`, `timeout`, `retryOn`, `retries`, `perTry`, `method`, `hostHeader`. */
  readonly lines: Readonly<Record<string, ConfigLine>>
}

export interface DeclaredCluster {
  readonly name: string
  readonly connectTimeoutMs: number
  readonly protocol: 'HTTP/1.1' | 'HTTP/2'
  /** `dns`: the load balancer `lb`; `eds`: hosts that registered; `static`: hosts that the config lists. */
  readonly discovery: 'dns' | 'eds' | 'static'
  /** Hosts that the config lists. */
  readonly hosts?: number
  /** `host:port` of the load balancer. */
  readonly lb?: string
  readonly tls: boolean
  readonly breakers: {
    readonly maxConnections: number
    readonly maxPendingRequests: number
    readonly maxRequests: number
    readonly maxRetries: number
    /** In place of `maxRetries`: percent of what is active and pending, and how many are always allowed. */
    readonly retryBudget?: { readonly percent: number; readonly minConcurrency: number }
  }
  /** Below this share (0-100) of healthy hosts all of them get traffic. Absent: 50. */
  readonly panicThreshold?: number
  /** Something that this model does not know, in words; its hosts, breakers and ejections are not judged then. */
  readonly unmodelled?: string
  readonly outlier?: DeclaredOutlier
  /** How long Envoy may hold back a health change that follows another (`update_merge_window`). */
  readonly mergeWindowMs: number
  /** Source lines: `cluster`, `breaker`, `maxConnections`, `maxPending`, `maxRetries`, `outlier`, `consecutive5xx`, ... */
  readonly lines: Readonly<Record<string, ConfigLine>>
}

/** A condition on a header or a query parameter. */
export interface DeclaredMatcher {
  readonly name: string
  readonly kind: 'exact' | 'prefix' | 'suffix' | 'contains' | 'regex' | 'present'
  readonly value: string
  readonly ignoreCase?: true
  readonly invert?: true
}

/** Envoy's defaults are already filled in. Percentages are 0-100, as Envoy has them. */
export interface DeclaredOutlier {
  readonly consecutive5xx: number
  readonly consecutiveGatewayFailure: number
  readonly intervalMs: number
  readonly baseEjectionTimeMs: number
  readonly maxEjectionTimeMs: number
  readonly maxEjectionPercent: number
  readonly enforcingConsecutive5xx: number
  readonly enforcingConsecutiveGatewayFailure: number
  readonly enforcingSuccessRate: number
  readonly successRateMinimumHosts: number
  readonly successRateRequestVolume: number
  readonly successRateStdevFactor: number
}

export interface RoutedRequest {
  readonly host: string
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly listener?: string
}

/**
 * The first route that matches, as Envoy's router would choose it. Hosts are compared without regard to the case of
 * ASCII letters and with their port; path and prefix are both compared with the path before its query.
 */
export function matchRoute(policy: DeclaredPolicy, { host, method, path }: RoutedRequest): DeclaredRoute | undefined {
  const wanted = asciiLower(host)
  const virtualHost =
    policy.virtualHosts.find((candidate) => candidate.domains.some((domain) => asciiLower(domain) === wanted)) ??
    policy.virtualHosts.find((candidate) => candidate.domains.includes('*'))
  const bare = path.split(/[?#]/, 1)[0] ?? path
  return virtualHost?.routes.find((route) => {
    const { kind, value, methods } = route.match
    if (methods !== undefined && !methods.includes(method)) return false
    return kind === 'path' ? bare === value : bare.startsWith(value)
  })
}

/** All clusters that a route may send a request to, shadows included. */
export function clustersOfRoute(route: DeclaredRoute | undefined): readonly string[] {
  if (route === undefined) return []
  const { cluster, weighted = [], shadows = [] } = route
  return [...new Set([cluster, ...weighted.map((one) => one.cluster), ...shadows.map((one) => one.cluster)])]
}

function asciiLower(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}
