// What a foreign config promises, read for the oracle from its clusters, routes and listeners. It shares no code with what
// rewrites them, so that a mistake there is seen here. What Envoy can do and the policy model cannot say becomes
// `unmodelled`, in words: the oracle then judges less, and never accuses wrongly.

import { clustersOfRoute, type DeclaredPolicy, type DeclaredRoute, type DeclaredVirtualHost } from '../policy.ts'
import type { JsonObject } from '../xds.ts'
import { declaredCluster } from './declared-cluster.ts'
import { declaredEdge } from './declared-edge.ts'
import { durationMsOf, objectOf, objectsOf, textOf } from './declared-fields.ts'
import { declaredListener } from './declared-listener.ts'
import { type FoundChain, httpChainsOf, type Place, type Reading } from './declared-place.ts'
import { declaredVirtualHosts, highPriority } from './declared-route.ts'
import type { ForeignConfig } from './foreign-config.ts'

export function declaredFromXds(config: ForeignConfig): DeclaredPolicy {
  const reading: Reading = { lineOf: config.lineOf, runtime: runtimeOf(config.bootstrap) }
  const chains = config.listeners.flatMap((listener, index) => httpChainsOf(listener, `/listeners/${index}`))
  const isOnly = chains.length === 1
  const virtualHosts =
    chains.length === 0
      ? virtualHostsOf(routesOfOurEntry(config), reading)
      : chains.flatMap((chain) =>
          virtualHostsOf(routesOf(chain, config), withDefaults(reading, chain), isOnly ? undefined : chain.name),
        )
  return {
    node: config.node,
    file: config.from,
    virtualHosts,
    clusters: clustersOf(config, reading, virtualHosts),
    ...(chains.length === 0
      ? {}
      : { listeners: chains.map((chain) => ({ ...declaredListener(chain), edge: declaredEdge(chain, reading) })) }),
  }
}

function clustersOf(
  { clusters, endpoints }: ForeignConfig,
  reading: Reading,
  virtualHosts: readonly DeclaredVirtualHost[],
): DeclaredPolicy['clusters'] {
  const routes = virtualHosts.flatMap((virtualHost) => virtualHost.routes)
  return clusters.map((value, index) => {
    const discovered = endpoints.find(({ name, cluster_name }) => [name, cluster_name].includes(serviceName(value)))
    const declared = declaredCluster({ value, pointer: `/clusters/${index}` }, discovered, reading)
    const unmodelled = declared.unmodelled ?? whatElseGoesTo(declared.name, routes)
    return unmodelled === undefined ? declared : { ...declared, unmodelled }
  })
}

/** What shares a cluster's connections, breakers and hosts with its requests, unseen. */
function whatElseGoesTo(cluster: string, routes: readonly DeclaredRoute[]): string | undefined {
  if (routes.some(({ shadows = [] }) => shadows.some((shadow) => shadow.cluster === cluster))) return 'it gets copies'
  const isAbove = (route: DeclaredRoute) => route.unmodelled === highPriority
  return routes.some((route) => isAbove(route) && clustersOfRoute(route).includes(cluster)) ? highPriority : undefined
}

function serviceName(cluster: JsonObject): string {
  return textOf(objectOf(cluster.eds_cluster_config)?.service_name) || (textOf(cluster.name) ?? '')
}

function withDefaults(reading: Reading, { manager, bufferBytes }: FoundChain): Reading {
  const idleTimeoutMs = durationMsOf(manager.stream_idle_timeout)
  const streamMaxMs = durationMsOf(objectOf(manager.common_http_protocol_options)?.max_stream_duration)
  return {
    ...reading,
    ...(idleTimeoutMs !== undefined && { idleTimeoutMs }),
    ...(streamMaxMs !== undefined && { streamMaxMs }),
    ...(bufferBytes !== undefined && { bodyKeptBytes: bufferBytes }),
  }
}

/** Written into the listener, or asked for by name. */
function routesOf({ manager, pointer }: FoundChain, { routes }: ForeignConfig): Place | undefined {
  const inline = objectOf(manager.route_config)
  if (inline !== undefined) return { value: inline, pointer: `${pointer}/route_config` }
  return named(routes, textOf(objectOf(manager.rds)?.route_config_name))
}

/** Without listeners one of ours asks for the only routes, or for those of the node. */
function routesOfOurEntry({ routes, node }: ForeignConfig): Place | undefined {
  return named(routes, routes.length === 1 ? routes[0]?.name : node)
}

function named(routes: ForeignConfig['routes'], name: string | undefined): Place | undefined {
  const index = routes.findIndex((one) => one.name === name)
  const value = routes[index]
  return value === undefined ? undefined : { value, pointer: `/routes/${index}` }
}

function virtualHostsOf(place: Place | undefined, reading: Reading, listener?: string): readonly DeclaredVirtualHost[] {
  if (place === undefined) return []
  const named = listener === undefined ? {} : { listener }
  return declaredVirtualHosts(place, reading).map((virtualHost) => ({ ...virtualHost, ...named }))
}

/** Static layers of the runtime, flattened to `a.b.c`; later layers win. */
function runtimeOf(bootstrap: JsonObject): ReadonlyMap<string, JsonObject[string]> {
  const values = new Map<string, JsonObject[string]>()
  const add = (prefix: string, layer: JsonObject) => {
    for (const [key, value] of Object.entries(layer)) {
      values.set(`${prefix}${key}`, value)
      const inner = objectOf(value)
      if (inner !== undefined) add(`${prefix}${key}.`, inner)
    }
  }
  for (const { static_layer } of objectsOf(objectOf(bootstrap.layered_runtime)?.layers)) {
    const layer = objectOf(static_layer)
    if (layer !== undefined) add('', layer)
  }
  return values
}
