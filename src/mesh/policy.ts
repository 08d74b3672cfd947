// The policy model: what a config promises about every request, in plain records and with the place in the source behind
// each promise. The oracle reads only this (the declared side); it never sees what was served.

import type { ConfigLine } from '../core/verdict.ts'
import type { DeclaredEdge } from './edge.ts'

export { matchRoute, possibleRoutes } from './match-route.ts'

export interface DeclaredPolicy {
  readonly node: string
  readonly file: string
  /** In order of declaration. */
  readonly virtualHosts: readonly DeclaredVirtualHost[]
  readonly clusters: readonly DeclaredCluster[]
  /** What the user's own listeners do before a route is chosen; absent: the entry is ours and does nothing. */
  readonly listeners?: readonly DeclaredListener[]
}

/** A listener that speaks HTTP, in order of declaration. */
export interface DeclaredListener {
  readonly name: string
  readonly normalizePath?: true
  readonly mergeSlashes?: true
  /** `%2F` and `%5C` in the path. Absent: kept. */
  readonly escapedSlashes?: 'reject' | 'redirect' | 'forward'
  /** Takes the port off the host: any, or only this one. */
  readonly stripPort?: 'any' | number
  readonly stripHostDot?: true
  /** What it promises beside routes: limits, timers, whom it takes for the client. Absent: not known. */
  readonly edge?: DeclaredEdge
  /** Filters that may answer before the router, by name; an answer that is not the router's own is not judged. */
  readonly answeredBy?: readonly string[]
  /** Something that changes requests or answers in ways that this model does not know, in words; no route is judged then. */
  readonly unmodelled?: string
}

export interface DeclaredVirtualHost {
  readonly name: string
  /** Exact, `*`, `*.suffix` or `prefix.*`, as Envoy has them. */
  readonly domains: readonly string[]
  /** The listener whose routes these are; absent: there is but one. */
  readonly listener?: string
  /** The port of a host does not count. */
  readonly ignorePort?: true
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
    /** A condition that this model cannot decide, in words: the route may match or not. */
    readonly perhaps?: string
  }
  /** Empty where the route answers by itself, or where `unmodelled` says why nobody knows; with weights the first of them. */
  readonly cluster: string
  /** By chance one of these instead; weights are parts of their sum. */
  readonly weighted?: readonly DeclaredShare[]
  /** Copies go there as well, and their answers are thrown away. */
  readonly shadows?: readonly { readonly cluster: string; readonly ratio: number }[]
  /** It answers by itself. */
  readonly answers?: { readonly status: number; readonly redirect?: DeclaredRedirect }
  /** What upstream sees of path, where that is not the client's: the new prefix, or the whole of it. */
  readonly pathRewrite?: DeclaredPathRewrite
  /** Something that this model does not know, in words: only the cluster is judged then. */
  readonly unmodelled?: string
  /** 0: no timeout. */
  readonly timeoutMs: number
  /** In place of its listener's: a longer body of a request is answered with 413; `none`: no body is too long. */
  readonly bodyLimitBytes?: number | 'none'
  /** A stream that stands still, or lasts, longer than this is ended. Absent: longer than any scenario waits. */
  readonly idleTimeoutMs?: number
  readonly streamMaxMs?: number
  readonly retry?: {
    readonly on: readonly string[]
    /** For `retriable-status-codes`. */
    readonly statusCodes?: readonly number[]
    readonly retries: number
    /** Absent: none. */
    readonly perTryTimeoutMs?: number
    readonly backOffBaseMs: number
    readonly backOffMaxMs: number
    /** Where an answer's own header says how long to wait: at most this. */
    readonly rateLimitedMaxMs?: number
    /** A request with a longer body is not tried again. Absent: 1 MiB. */
    readonly bodyKeptBytes?: number
  }
  readonly hostRewrite: HostRewrite
  /** Source lines by what they promise: `route`, `timeout`, `retryOn`, `retries`, `perTry`, `method`, `hostHeader`. */
  readonly lines: Readonly<Record<string, ConfigLine>>
}

export interface DeclaredShare {
  readonly cluster: string
  readonly weight: number
  readonly hostRewrite?: HostRewrite
}

/**
 * Literal Host header sent upstream; `auto`: the name of the chosen endpoint; `sent`: as it came; `unknown`: not in this
 * model.
 */
export type HostRewrite =
  | { readonly kind: 'literal'; readonly value: string }
  | { readonly kind: 'auto' }
  | { readonly kind: 'sent' }
  | { readonly kind: 'unknown' }

export type DeclaredPathRewrite =
  | { readonly prefix: string }
  | { readonly regex: string; readonly substitution: string }
  /** Its new path cannot be told here. */
  | { readonly unknown: true }

/** What a redirect puts in place of parts of the request's own URL. */
export interface DeclaredRedirect {
  readonly scheme?: string
  readonly host?: string
  readonly port?: number
  /** The whole path, with a query of its own where it has one. */
  readonly path?: string
  readonly rewrite?: DeclaredPathRewrite
  readonly stripQuery?: true
}

export interface DeclaredCluster {
  readonly name: string
  readonly connectTimeoutMs: number
  /** Absent: whatever the client speaks, or whatever else this model does not know. */
  readonly protocol?: 'HTTP/1.1' | 'HTTP/2'
  /** `dns`: the load balancer `lb`; `eds`: hosts that registered; `static`: hosts that the config lists. */
  readonly discovery: 'dns' | 'eds' | 'static'
  /** Hosts that the config lists. */
  readonly hosts?: number
  /** Names that `auto` host rewriting may give, where the config lists endpoints. */
  readonly hostnames?: readonly string[]
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

/** A condition on a header (its name in lower case) or a query parameter. */
export interface DeclaredMatcher {
  readonly name: string
  readonly kind: 'exact' | 'prefix' | 'suffix' | 'contains' | 'regex' | 'present'
  readonly value: string
  readonly ignoreCase?: true
  readonly invert?: true
  /** Where it is missing it counts as an empty text, even as present; else only `present` inverted matches. */
  readonly missingIsEmpty?: true
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

/** All clusters that a route may send a request to, shadows included. */
export function clustersOfRoute(route: DeclaredRoute | undefined): readonly string[] {
  if (route === undefined) return []
  const { cluster, weighted = [], shadows = [] } = route
  const names = [cluster, ...weighted.map((one) => one.cluster), ...shadows.map((one) => one.cluster)]
  return [...new Set(names.filter((name) => name !== ''))]
}
