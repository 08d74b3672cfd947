// What an Istio proxy's config has that plain Envoy does not know, or that only makes sense where the kernel redirects every
// connection: taken out, a line each. What is left are the entries by which an app reaches others (or, of a gateway, others
// reach the mesh), with their routes and clusters.

import type { Json, JsonObject, Resource } from '../xds.ts'
import type { ForeignConfig } from './foreign-config.ts'
import { at, isObject, objectAt, objectsAt, textAt, typeOf, without } from './json-tree.ts'

type Note = (line: string) => void

const virtualListeners = ['virtualInbound', 'virtualOutbound']
/** Prometheus, health and the like of the proxy itself. */
const ownPorts = new Set([15_001, 15_006, 15_008, 15_020, 15_021, 15_090])
const sinkClusters = new Set(['PassthroughCluster', 'BlackHoleCluster', 'InboundPassthroughCluster'])

export function isIstio({ bootstrap, listeners }: Pick<ForeignConfig, 'bootstrap' | 'listeners'>): boolean {
  const isProxy = /^(sidecar|router|waypoint)~/.test(textAt(bootstrap, 'node', 'id'))
  return isProxy || listeners.some(({ name }) => virtualListeners.includes(name))
}

/** The order of what stays is kept, and so is every line. */
export function withoutIstio(config: ForeignConfig): ForeignConfig {
  const changes = [...config.changes]
  const note: Note = (line) => void changes.push(line)
  const kept = config.listeners.flatMap((listener, index) => (runs(listener, note) ? [{ listener, index }] : []))
  return {
    ...config,
    listeners: kept.map(({ listener }) => plainListener(listener, note)),
    routes: config.routes.map((one) => plainRoutes(one, note)),
    clusters: config.clusters.map((one) => plainCluster(one, note)),
    changes,
    lineOf(pointer) {
      const [, sort, index = '', ...rest] = pointer.split('/')
      const before = sort === 'listeners' ? kept[Number(index)]?.index : undefined
      return config.lineOf(before === undefined ? pointer : ['', 'listeners', before, ...rest].join('/'))
    },
  }
}

function runs(listener: Resource, note: Note): boolean {
  const why = whyNot(listener)
  if (why !== undefined) note(`listener ${listener.name}: not run (${why})`)
  return why === undefined
}

function whyNot(listener: Resource): string | undefined {
  if (virtualListeners.includes(listener.name)) return 'the kernel would redirect connections to it'
  const port = Number(at(listener, 'address', 'socket_address', 'port_value') ?? 0)
  if (ownPorts.has(port)) return `port ${port} is Istio's own`
  return listener.traffic_direction === 'INBOUND' ? 'inbound: what it leads to is the app itself' : undefined
}

function plainListener(listener: Resource, note: Note): Resource {
  const say: Note = (what) => note(`listener ${listener.name}: ${what}`)
  const chains =
    listener.filter_chains === undefined
      ? {}
      : { filter_chains: objectsAt(listener, 'filter_chains').map((chain) => plainChain(chain, say)) }
  const last = listener.default_filter_chain
  return { ...listener, ...chains, ...(isObject(last) ? { default_filter_chain: plainChain(last, say) } : {}) }
}

function plainChain(chain: JsonObject, say: Note): JsonObject {
  const filters = plainFilters(objectsAt(chain, 'filters'), say).map((filter) => {
    const config = filter.typed_config
    if (!isObject(config) || config.http_filters === undefined) return filter
    const http = plainFilters(objectsAt(config, 'http_filters'), say)
    const routes = config.route_config
    const inline = isObject(routes) ? { route_config: plainRoutes(routes, say) } : {}
    return { ...filter, typed_config: { ...config, ...inline, http_filters: http } }
  })
  return { ...chain, filters }
}

function plainFilters(filters: readonly JsonObject[], say: Note): readonly JsonObject[] {
  return filters.filter((filter) => {
    if (!isIstiosOwn(filter)) return true
    say(`filter ${textAt(filter, 'name')} taken out (Istio only)`)
    return false
  })
}

/** By its name, by its type, or as one of the Wasm modules that Istio used before it built them in. */
function isIstiosOwn(filter: JsonObject): boolean {
  const type = typeOf(filter.typed_config)
  const name = textAt(filter, 'name')
  if (/^istio[._-]|\.istio[._]/.test(name) || isIstiosType(type)) return true
  if (!type.endsWith('.wasm.v3.Wasm')) return false
  return /stats_(in|out)bound|metadata_exchange|istio/.test(JSON.stringify(filter.typed_config))
}

function isIstiosType(type: string): boolean {
  return /^(io\.)?istio\.|^stats\.PluginConfig$|^envoy\.tcp\.metadataexchange\.|^envoy\.http\.(alpn|peer_metadata)/.test(
    type,
  )
}

function plainRoutes<Routes extends JsonObject>(routes: Routes, note: Note): Routes {
  const hosts = objectsAt(routes, 'virtual_hosts').flatMap((host) => {
    const kept = objectsAt(host, 'routes').filter((route) => !leadsAnywhere(route))
    const name = `virtual host ${textAt(host, 'name')} of ${textAt(routes, 'name')}`
    const left = objectsAt(host, 'routes').length - kept.length
    if (left > 0 && kept.length === 0) {
      note(`${name} taken out (it lets requests to unknown hosts pass; here they get 404)`)
      return []
    }
    if (left > 0) note(`${name}: ${left} ${left === 1 ? 'route' : 'routes'} to unknown hosts taken out`)
    return [plainSettings({ ...host, routes: kept }, (what) => note(`${name}: ${what}`)) as JsonObject]
  })
  return { ...routes, ...(routes.virtual_hosts === undefined ? {} : { virtual_hosts: hosts }) }
}

function leadsAnywhere(route: JsonObject): boolean {
  return sinkClusters.has(textAt(route, 'route', 'cluster'))
}

/** Settings for filters that plain Envoy does not have. */
function plainSettings(value: Json, say: Note): Json {
  if (Array.isArray(value)) return value.map((item: Json) => plainSettings(item, say))
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => {
      if (key !== 'typed_per_filter_config' || !isObject(member)) return [key, plainSettings(member, say)]
      const own = Object.keys(member).filter((name) => isIstiosOwn({ name, typed_config: member[name] ?? null }))
      for (const name of own) say(`settings of ${name} taken out (Istio only)`)
      return [key, without(member, ...own)]
    }),
  )
}

function plainCluster(cluster: Resource, note: Note): Resource {
  const say: Note = (what) => note(`cluster ${cluster.name}: ${what}`)
  const filters = cluster.filters === undefined ? {} : { filters: plainFilters(objectsAt(cluster, 'filters'), say) }
  const typed = objectAt(cluster, 'typed_extension_protocol_options')
  const options = Object.entries(typed).map(([name, value]): [string, Json] => {
    if (!isObject(value) || value.http_filters === undefined) return [name, value]
    return [name, { ...value, http_filters: plainFilters(objectsAt(value, 'http_filters'), say) }]
  })
  if (options.length === 0) return { ...cluster, ...filters }
  return { ...cluster, ...filters, typed_extension_protocol_options: Object.fromEntries(options) }
}
