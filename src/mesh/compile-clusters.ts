// A dependency as an Envoy cluster: where its hosts come from, how to talk to them, and when to stop. Fields that the
// definition leaves out are left out here too, so that Envoy's own defaults hold.

import { parseLoadBalancerAddress } from './load-balancer-address.ts'
import type { Dependency } from './schema.ts'
import { clusterTypeUrl, type JsonObject, protoDuration, type Resource } from './xds.ts'

/** Where EDS clusters ask for their endpoints. */
export interface EndpointDiscovery {
  /** Name of the bootstrap's cluster that is the control plane. */
  readonly clusterName: string
  /** Pause between two polls; short, because the control plane holds a poll until something changes. */
  readonly refreshDelay: string
  readonly requestTimeout: string
}

export function compileCluster(dependency: Dependency, discovery: EndpointDiscovery): Resource {
  const lb = dependency.lb === undefined ? undefined : parseLoadBalancerAddress(dependency.lb)
  const { circuit_breaker, outlier_detection } = dependency
  return {
    '@type': clusterTypeUrl,
    name: dependency.cluster_name,
    ...(dependency.sds ? edsHosts(dependency.cluster_name, discovery) : dnsHosts(dependency)),
    connect_timeout: protoDuration(dependency.connect_timeout_ms),
    ...(circuit_breaker && { circuit_breakers: { thresholds: [{ ...circuit_breaker }] } }),
    ...(outlier_detection && { outlier_detection: outlierDetection(outlier_detection) }),
    ...(dependency.sds && { typed_extension_protocol_options: http2 }),
    ...(dependency.tls && { transport_socket: tls(lb?.host) }),
  }
}

function dnsHosts(dependency: Dependency): JsonObject {
  const lb = parseLoadBalancerAddress(dependency.lb ?? '')
  if (lb === undefined) throw new Error(`the schema lets no such lb pass: ${dependency.lb}`)
  const address = { socket_address: { address: lb.host, port_value: lb.port } }
  return {
    type: 'STRICT_DNS',
    dns_lookup_family: lb.ipv6 ? 'V6_ONLY' : 'V4_ONLY',
    load_assignment: {
      cluster_name: dependency.cluster_name,
      endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }],
    },
  }
}

function edsHosts(clusterName: string, discovery: EndpointDiscovery): JsonObject {
  return {
    type: 'EDS',
    eds_cluster_config: {
      service_name: clusterName,
      eds_config: {
        api_config_source: {
          api_type: 'REST',
          transport_api_version: 'V3',
          cluster_names: [discovery.clusterName],
          refresh_delay: discovery.refreshDelay,
          request_timeout: discovery.requestTimeout,
        },
        resource_api_version: 'V3',
      },
    },
  }
}

/** `interval_ms` becomes the Duration `interval`; all other settings bear Envoy's own names. */
function outlierDetection(settings: NonNullable<Dependency['outlier_detection']>): JsonObject {
  const { interval_ms, base_ejection_time_ms, ...same } = settings
  return {
    ...same,
    ...(interval_ms !== undefined && { interval: protoDuration(interval_ms) }),
    ...(base_ejection_time_ms !== undefined && { base_ejection_time: protoDuration(base_ejection_time_ms) }),
  }
}

const http2 = {
  'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
    '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
    explicit_http_config: { http2_protocol_options: {} },
  },
}

/** Discovered hosts have no name to ask for, unless the dependency names a load balancer as well. */
function tls(sni: string | undefined): JsonObject {
  return {
    name: 'envoy.transport_sockets.tls',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext',
      ...(sni !== undefined && { sni }),
    },
  }
}
