// What a foreign cluster promises: protocol, hosts, breakers and outlier detection, with Envoy's defaults.

import type { DeclaredCluster, DeclaredOutlier } from '../policy.ts'
import type { JsonObject } from '../xds.ts'
import { durationMsOf, firstOf, numberOf, objectOf, objectsOf, textOf, typeNameOf } from './declared-fields.ts'
import { linesOf, type Place, type Reading } from './declared-place.ts'

/** @param discovered the load assignment of a cluster with discovered hosts, where the config brings it */
export function declaredCluster(
  { value: cluster, pointer }: Place,
  discovered: JsonObject | undefined,
  reading: Reading,
): DeclaredCluster {
  const name = textOf(cluster.name) ?? ''
  const discovery = discoveryOf(cluster)
  const endpoints = endpointsOf(objectOf(cluster.load_assignment) ?? discovered)
  const hostnames = endpoints.flatMap((endpoint) => hostnameOf(endpoint, discovery) ?? [])
  const protocol = protocolOf(cluster)
  const outlier = objectOf(cluster.outlier_detection)
  const balancing = objectOf(cluster.common_lb_config)
  const panicThreshold = numberOf(balancing?.healthy_panic_threshold)
  const unmodelled = unmodelledOf(cluster, outlier)
  return {
    name,
    connectTimeoutMs: durationMsOf(cluster.connect_timeout) ?? 5000,
    ...(protocol !== undefined && { protocol }),
    discovery,
    ...(endpoints.length > 0 && { hosts: endpoints.length }),
    ...(hostnames.length > 0 && { hostnames }),
    tls: cluster.transport_socket !== undefined,
    breakers: breakersOf(cluster),
    ...(panicThreshold !== undefined && { panicThreshold }),
    ...(outlier !== undefined && { outlier: outlierOf(outlier) }),
    mergeWindowMs: durationMsOf(balancing?.update_merge_window) ?? 1000,
    ...(unmodelled !== undefined && { unmodelled }),
    lines: clusterLines(pointer, reading),
  }
}

function discoveryOf(cluster: JsonObject): DeclaredCluster['discovery'] {
  const type = textOf(cluster.type) ?? 'STATIC'
  if (type === 'EDS') return 'eds'
  return type === 'STRICT_DNS' || type === 'LOGICAL_DNS' ? 'dns' : 'static'
}

function endpointsOf(assignment: JsonObject | undefined): readonly JsonObject[] {
  return objectsOf(assignment?.endpoints)
    .flatMap(({ lb_endpoints }) => objectsOf(lb_endpoints))
    .map(({ endpoint }) => objectOf(endpoint))
    .filter((endpoint) => endpoint !== undefined)
}

/** What `auto_host_rewrite` sends: a name of its own, else the name that DNS is asked for. */
function hostnameOf(endpoint: JsonObject, discovery: DeclaredCluster['discovery']): string | undefined {
  const own = textOf(endpoint.hostname)
  if (own !== undefined && own !== '') return own
  if (discovery !== 'dns') return undefined
  return textOf(objectOf(objectOf(endpoint.address)?.socket_address)?.address)
}

const optionsName = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'

function protocolOf(cluster: JsonObject): 'HTTP/1.1' | 'HTTP/2' | undefined {
  const options = objectOf(objectOf(cluster.typed_extension_protocol_options)?.[optionsName])
  const explicit = objectOf(options?.explicit_http_config)
  if (explicit !== undefined) {
    if (explicit.http3_protocol_options !== undefined) return undefined
    return explicit.http2_protocol_options === undefined ? 'HTTP/1.1' : 'HTTP/2'
  }
  if (options?.use_downstream_protocol_config !== undefined || options?.auto_config !== undefined) return undefined
  if (cluster.protocol_selection === 'USE_DOWNSTREAM_PROTOCOL') return undefined
  return cluster.http2_protocol_options === undefined ? 'HTTP/1.1' : 'HTTP/2'
}

function thresholdsOf(cluster: JsonObject): JsonObject | undefined {
  const all = objectsOf(objectOf(cluster.circuit_breakers)?.thresholds)
  return all.find(({ priority }) => priority === undefined || priority === 'DEFAULT')
}

function breakersOf(cluster: JsonObject): DeclaredCluster['breakers'] {
  const thresholds = thresholdsOf(cluster)
  const budget = objectOf(thresholds?.retry_budget)
  return {
    maxConnections: numberOf(thresholds?.max_connections) ?? 1024,
    maxPendingRequests: numberOf(thresholds?.max_pending_requests) ?? 1024,
    maxRequests: numberOf(thresholds?.max_requests) ?? 1024,
    maxRetries: numberOf(thresholds?.max_retries) ?? 3,
    ...(budget !== undefined && {
      retryBudget: {
        percent: numberOf(budget.budget_percent) ?? 20,
        minConcurrency: numberOf(budget.min_retry_concurrency) ?? 3,
      },
    }),
  }
}

function outlierOf(settings: JsonObject): DeclaredOutlier {
  const baseEjectionTimeMs = durationMsOf(settings.base_ejection_time) ?? 30_000
  return {
    consecutive5xx: numberOf(settings.consecutive_5xx) ?? 5,
    consecutiveGatewayFailure: numberOf(settings.consecutive_gateway_failure) ?? 5,
    intervalMs: durationMsOf(settings.interval) ?? 10_000,
    baseEjectionTimeMs,
    maxEjectionTimeMs: durationMsOf(settings.max_ejection_time) ?? Math.max(300_000, baseEjectionTimeMs),
    maxEjectionPercent: numberOf(settings.max_ejection_percent) ?? 10,
    enforcingConsecutive5xx: numberOf(settings.enforcing_consecutive_5xx) ?? 100,
    enforcingConsecutiveGatewayFailure: numberOf(settings.enforcing_consecutive_gateway_failure) ?? 0,
    enforcingSuccessRate: numberOf(settings.enforcing_success_rate) ?? 100,
    successRateMinimumHosts: numberOf(settings.success_rate_minimum_hosts) ?? 5,
    successRateRequestVolume: numberOf(settings.success_rate_request_volume) ?? 100,
    successRateStdevFactor: numberOf(settings.success_rate_stdev_factor) ?? 1900,
  }
}

/** What decides where a cluster sends requests, or whether it does, in ways that the model does not follow. */
const unmodelledFields = ['cluster_type', 'health_checks', 'lb_subset_config', 'upstream_bind_config', 'filters']
const unmodelledOutlier = [
  'split_external_local_origin_errors',
  'always_eject_one_host',
  'max_ejection_time_jitter',
  'enforcing_failure_percentage',
  'enforcing_failure_percentage_local_origin',
  'monitors',
]

function unmodelledOf(cluster: JsonObject, outlier: JsonObject | undefined): string | undefined {
  if (cluster.type === 'ORIGINAL_DST') return 'hosts are the original destinations'
  const options = objectOf(objectOf(cluster.typed_extension_protocol_options)?.[optionsName])
  const filters = objectsOf(options?.http_filters).filter(
    (filter) => !typeNameOf(objectOf(filter.typed_config)).includes('UpstreamCodec'),
  )
  if (filters.length > 0) return `the upstream filter ${textOf(filters[0]?.name)}`
  if (objectOf(options?.outlier_detection) !== undefined) return 'outlier detection by a matcher of its own'
  const field = firstOf(cluster, unmodelledFields) ?? (outlier && firstOf(outlier, unmodelledOutlier))
  if (field !== undefined) return field
  if (objectsOf(objectOf(cluster.circuit_breakers)?.per_host_thresholds).length > 0) return 'breakers of single hosts'
  const endpoints = objectOf(cluster.load_assignment)
  if (objectsOf(endpoints?.endpoints).some(({ priority }) => (numberOf(priority) ?? 0) > 0))
    return 'priorities of hosts'
  return undefined
}

function clusterLines(pointer: string, reading: Reading) {
  const thresholds = `${pointer}/circuit_breakers/thresholds/0`
  const outlier = `${pointer}/outlier_detection`
  return linesOf(reading, {
    cluster: `${pointer}/name`,
    protocol: `${pointer}/typed_extension_protocol_options`,
    lb: `${pointer}/load_assignment`,
    tls: `${pointer}/transport_socket`,
    connectTimeout: `${pointer}/connect_timeout`,
    breaker: `${pointer}/circuit_breakers`,
    maxConnections: `${thresholds}/max_connections`,
    maxPending: `${thresholds}/max_pending_requests`,
    maxRequests: `${thresholds}/max_requests`,
    maxRetries: `${thresholds}/max_retries`,
    retryBudget: `${thresholds}/retry_budget`,
    outlier,
    consecutive5xx: `${outlier}/consecutive_5xx`,
    consecutiveGatewayFailure: `${outlier}/consecutive_gateway_failure`,
    interval: `${outlier}/interval`,
    baseEjectionTime: `${outlier}/base_ejection_time`,
    maxEjectionPercent: `${outlier}/max_ejection_percent`,
    enforcingConsecutive5xx: `${outlier}/enforcing_consecutive_5xx`,
    enforcingConsecutiveGatewayFailure: `${outlier}/enforcing_consecutive_gateway_failure`,
    enforcingSuccessRate: `${outlier}/enforcing_success_rate`,
    successRateMinimumHosts: `${outlier}/success_rate_minimum_hosts`,
    successRateRequestVolume: `${outlier}/success_rate_request_volume`,
    successRateStdevFactor: `${outlier}/success_rate_stdev_factor`,
  })
}
