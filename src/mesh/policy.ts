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
  readonly domains: readonly string[]
  /** First match wins. */
  readonly routes: readonly DeclaredRoute[]
}

export interface DeclaredRoute {
  readonly match: {
    readonly kind: 'prefix' | 'path'
    readonly value: string
    /** Absent: every method. */
    readonly methods?: readonly string[]
  }
  readonly cluster: string
  /** 0: no timeout. */
  readonly timeoutMs: number
  readonly retry?: {
    readonly on: readonly string[]
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
  /** `dns`: the load balancer `lbHost`; `eds`: hosts that registered. */
  readonly discovery: 'dns' | 'eds'
  /** `host:port` of the load balancer. */
  readonly lb?: string
  readonly tls: boolean
  readonly breakers: {
    readonly maxConnections: number
    readonly maxPendingRequests: number
    readonly maxRequests: number
    readonly maxRetries: number
  }
  readonly outlier?: DeclaredOutlier
  /** How long Envoy may hold back a health change that follows another (`update_merge_window`). */
  readonly mergeWindowMs: number
  /** Source lines: `cluster`, `breaker`, `maxConnections`, `maxPending`, `maxRetries`, `outlier`, `consecutive5xx`, ... */
  readonly lines: Readonly<Record<string, ConfigLine>>
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

/**
 * The first route that matches, as Envoy's router would choose it. Hosts are compared without regard to the case of
 * ASCII letters and with their port; path and prefix are both compared with the path before its query.
 */
export function matchRoute(
  policy: DeclaredPolicy,
  host: string,
  method: string,
  path: string,
): DeclaredRoute | undefined {
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

function asciiLower(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}
