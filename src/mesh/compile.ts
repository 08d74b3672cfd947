// A service definition as the xDS v3 resources that its node is served: one cluster per dependency and one
// RouteConfiguration. Pure; it neither loads files nor talks to Envoy.

import { InputError } from '../core/errors.ts'
import { compileCluster } from './compile-clusters.ts'
import { compileVirtualHost } from './compile-routes.ts'
import type { Definition } from './schema.ts'
import { routeTypeUrl, type XdsResources } from './xds.ts'

export {
  clusterTypeUrl,
  type DiscoveryResponse,
  discoveryResponse,
  type Json,
  type JsonObject,
  type Resource,
  routeTypeUrl,
  type XdsResources,
} from './xds.ts'

export interface CompileOptions {
  /** Name of the RouteConfiguration; default: the node. */
  readonly routeConfigName?: string
  /** The bootstrap's cluster that answers EDS; default `xds`. */
  readonly edsCluster?: string
  /** Default `0.001s`: the control plane holds a poll until something changes, so there is nothing to wait for. */
  readonly edsRefreshDelay?: string
  /** Default `60s`; must be longer than the control plane holds a poll. */
  readonly edsRequestTimeout?: string
}

/** @throws InputError when a dependency's cluster bears the name of the control plane's own */
export function compileDefinition(definition: Definition, node: string, options: CompileOptions = {}): XdsResources {
  const discovery = {
    clusterName: options.edsCluster ?? 'xds',
    refreshDelay: options.edsRefreshDelay ?? '0.001s',
    requestTimeout: options.edsRequestTimeout ?? '60s',
  }
  const clash = definition.dependencies.find(({ cluster_name }) => cluster_name === discovery.clusterName)
  // Envoy keeps the bootstrap's cluster and ignores the served one in silence.
  if (clash !== undefined)
    throw new InputError(
      `${node}: dependency ${clash.name} has cluster_name "${clash.cluster_name}", which is the control plane's own cluster; rename it`,
    )
  return {
    clusters: definition.dependencies.map((dependency) => compileCluster(dependency, discovery)),
    routes: [
      {
        '@type': routeTypeUrl,
        name: options.routeConfigName ?? node,
        virtual_hosts: definition.dependencies.map((dependency) => compileVirtualHost(dependency)),
      },
    ],
  }
}
