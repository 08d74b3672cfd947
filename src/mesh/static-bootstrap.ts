// The smallest Envoy bootstrap that carries compiled resources as static ones, which Envoy reads strictly: a misspelt field
// is refused, where in a dynamic resource it would be ignored. For judging what we compile; scenarios run against
// environment/.

import type { JsonObject, Resource, XdsResources } from './xds.ts'

export const loopback = (port: number): JsonObject => ({ address: '127.0.0.1', port_value: port })

/**
 * One listener on a free port for each RouteConfiguration, named `NAME INDEX`; `xds` is the cluster that answers EDS.
 * DNS goes to a closed port, so that names resolve to nothing at once and no question leaves the machine.
 */
export function staticBootstrap(batch: readonly XdsResources[], discoveryPort: number): JsonObject {
  const xds = {
    name: 'xds',
    type: 'STATIC',
    load_assignment: {
      cluster_name: 'xds',
      endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: loopback(discoveryPort) } } }] }],
    },
  }
  return {
    node: { id: 'live', cluster: 'live' },
    admin: { address: { socket_address: loopback(0) } },
    typed_dns_resolver_config: {
      name: 'envoy.network.dns_resolver.cares',
      typed_config: {
        '@type': 'type.googleapis.com/envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig',
        resolvers: [{ socket_address: loopback(1) }],
      },
    },
    static_resources: {
      clusters: [xds, ...batch.flatMap(({ clusters }) => clusters.map(({ '@type': _, ...cluster }) => cluster))],
      listeners: batch.flatMap(({ routes }) =>
        routes.map((config, index) => listener(config, `${config.name} ${index}`)),
      ),
    },
  }
}

function listener({ '@type': _, ...config }: Resource, name: string): JsonObject {
  const manager = {
    '@type': 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
    stat_prefix: 'live',
    route_config: config,
    http_filters: [
      {
        name: 'router',
        typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
      },
    ],
  }
  return {
    name,
    address: { socket_address: loopback(0) },
    filter_chains: [{ filters: [{ name: 'http', typed_config: manager }] }],
  }
}
