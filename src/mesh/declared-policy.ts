// What a definition promises, read for the oracle. It shares no code with the compiler on purpose: a mistake in the
// expansion of routes there must not repeat itself here. Envoy 1.40's defaults fill in what the definition leaves open.

import type { ConfigLine } from '../core/verdict.ts'
import type { LoadedDefinition } from './definition.ts'
import type { DeclaredCluster, DeclaredOutlier, DeclaredPolicy, DeclaredRoute, DeclaredVirtualHost } from './policy.ts'
import type { Dependency, DependencyRoute } from './schema.ts'

type LineOf = LoadedDefinition['lineOf']

export function declaredPolicy(loaded: LoadedDefinition, node: string): DeclaredPolicy {
  const { dependencies } = loaded.definition
  return {
    node,
    file: loaded.file,
    virtualHosts: dependencies.map((dependency, index) =>
      virtualHost(dependency, `/dependencies/${index}`, loaded.lineOf),
    ),
    clusters: dependencies.map((dependency, index) => cluster(dependency, `/dependencies/${index}`, loaded.lineOf)),
  }
}

function virtualHost(dependency: Dependency, pointer: string, lineOf: LineOf): DeclaredVirtualHost {
  const routes: DeclaredRoute[] = []
  dependency.routes.forEach((declared, index) => {
    const base = routeWithoutRetry(dependency, declared, pointer, `${pointer}/routes/${index}`, lineOf)
    const retry = retryOf(declared)
    const { kind, value } = base.match
    // Without a method, only what is safe to repeat is retried; all other methods pass by the same route, once.
    if (retry === undefined) routes.push(base)
    else if (declared.method !== undefined) routes.push({ ...base, retry })
    else routes.push({ ...base, match: { kind, value, methods: ['GET', 'HEAD'] }, retry }, base)
  })
  return { name: dependency.name, domains: [dependency.name], routes }
}

function routeWithoutRetry(
  dependency: Dependency,
  route: DependencyRoute,
  dependencyPointer: string,
  pointer: string,
  lineOf: LineOf,
): DeclaredRoute {
  return {
    match: {
      kind: route.prefix === undefined ? 'path' : 'prefix',
      value: route.prefix ?? route.path ?? '',
      ...(route.method !== undefined && { methods: [route.method] }),
    },
    cluster: dependency.cluster_name,
    timeoutMs: route.timeout_ms,
    hostRewrite:
      dependency.host_header === undefined ? { kind: 'auto' } : { kind: 'literal', value: dependency.host_header },
    lines: linesOf(lineOf, {
      route: pointer,
      timeout: `${pointer}/timeout_ms`,
      method: `${pointer}/method`,
      retryOn: `${pointer}/retry_policy/retry_on`,
      retries: `${pointer}/retry_policy/num_retries`,
      perTry: `${pointer}/retry_policy/per_try_timeout_ms`,
      hostHeader: `${dependencyPointer}/host_header`,
      cluster: `${dependencyPointer}/cluster_name`,
    }),
  }
}

/** Envoy's back-off when no `retry_back_off` is set: base 25 ms, at most ten times that. A per-try timeout of 0 is none. */
function retryOf(route: DependencyRoute): DeclaredRoute['retry'] {
  const policy = route.retry_policy
  if (policy === undefined) return undefined
  return {
    on: policy.retry_on.split(',').map((condition) => condition.trim()),
    retries: policy.num_retries,
    ...(policy.per_try_timeout_ms > 0 && { perTryTimeoutMs: policy.per_try_timeout_ms }),
    backOffBaseMs: 25,
    backOffMaxMs: 250,
  }
}

function cluster(dependency: Dependency, pointer: string, lineOf: LineOf): DeclaredCluster {
  const breaker = dependency.circuit_breaker
  const outlier = dependency.outlier_detection
  return {
    name: dependency.cluster_name,
    connectTimeoutMs: dependency.connect_timeout_ms,
    protocol: dependency.sds === true ? 'HTTP/2' : 'HTTP/1.1',
    discovery: dependency.sds === true ? 'eds' : 'dns',
    ...(dependency.lb !== undefined && { lb: dependency.lb }),
    tls: dependency.tls,
    breakers: {
      maxConnections: breaker?.max_connections ?? 1024,
      maxPendingRequests: breaker?.max_pending_requests ?? 1024,
      maxRequests: 1024,
      maxRetries: breaker?.max_retries ?? 3,
    },
    ...(outlier !== undefined && { outlier: outlierOf(outlier) }),
    mergeWindowMs: 1000,
    lines: linesOf(lineOf, {
      cluster: `${pointer}/cluster_name`,
      lb: `${pointer}/lb`,
      sds: `${pointer}/sds`,
      tls: `${pointer}/tls`,
      connectTimeout: `${pointer}/connect_timeout_ms`,
      breaker: `${pointer}/circuit_breaker`,
      maxConnections: `${pointer}/circuit_breaker/max_connections`,
      maxPending: `${pointer}/circuit_breaker/max_pending_requests`,
      maxRetries: `${pointer}/circuit_breaker/max_retries`,
      outlier: `${pointer}/outlier_detection`,
      consecutive5xx: `${pointer}/outlier_detection/consecutive_5xx`,
      consecutiveGatewayFailure: `${pointer}/outlier_detection/consecutive_gateway_failure`,
      interval: `${pointer}/outlier_detection/interval_ms`,
      baseEjectionTime: `${pointer}/outlier_detection/base_ejection_time_ms`,
      maxEjectionPercent: `${pointer}/outlier_detection/max_ejection_percent`,
      enforcingConsecutive5xx: `${pointer}/outlier_detection/enforcing_consecutive_5xx`,
      enforcingConsecutiveGatewayFailure: `${pointer}/outlier_detection/enforcing_consecutive_gateway_failure`,
      enforcingSuccessRate: `${pointer}/outlier_detection/enforcing_success_rate`,
      successRateMinimumHosts: `${pointer}/outlier_detection/success_rate_minimum_hosts`,
      successRateRequestVolume: `${pointer}/outlier_detection/success_rate_request_volume`,
      successRateStdevFactor: `${pointer}/outlier_detection/success_rate_stdev_factor`,
    }),
  }
}

function outlierOf(settings: NonNullable<Dependency['outlier_detection']>): DeclaredOutlier {
  const baseEjectionTimeMs = settings.base_ejection_time_ms ?? 30_000
  return {
    consecutive5xx: settings.consecutive_5xx ?? 5,
    consecutiveGatewayFailure: settings.consecutive_gateway_failure ?? 5,
    intervalMs: settings.interval_ms ?? 10_000,
    baseEjectionTimeMs,
    // 300 s, or the base ejection time where that is longer.
    maxEjectionTimeMs: Math.max(300_000, baseEjectionTimeMs),
    maxEjectionPercent: settings.max_ejection_percent ?? 10,
    enforcingConsecutive5xx: settings.enforcing_consecutive_5xx ?? 100,
    enforcingConsecutiveGatewayFailure: settings.enforcing_consecutive_gateway_failure ?? 0,
    enforcingSuccessRate: settings.enforcing_success_rate ?? 100,
    successRateMinimumHosts: settings.success_rate_minimum_hosts ?? 5,
    successRateRequestVolume: settings.success_rate_request_volume ?? 100,
    successRateStdevFactor: settings.success_rate_stdev_factor ?? 1900,
  }
}

function linesOf(lineOf: LineOf, pointers: Readonly<Record<string, string>>): Record<string, ConfigLine> {
  return Object.fromEntries(Object.entries(pointers).map(([promise, pointer]) => [promise, lineOf(pointer)]))
}
