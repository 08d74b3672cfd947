// A listener of the user's on a loopback port of ours: plain text, without what only a real network needs, with our access
// logs. Its filters and routes stay as they are.

import type { Json, JsonObject, Resource } from '../xds.ts'
import { httpChains } from './http-chains.ts'
import { at, isObject, objectsAt, textAt, typeOf, without, wordOf } from './json-tree.ts'
import type { ForeignPlan } from './rewrite-foreign.ts'
import { rewriteRoutes } from './rewrite-routes.ts'

export interface ListenerRewriting {
  readonly plan: ForeignPlan
  /** Those that listeners may ask for, rewritten. */
  readonly routes: readonly Resource[]
  readonly note: (line: string) => void
}

type Note = (what: string) => void

/** They need TLS, a balancer in front, or the kernel's help. */
const networkFilters = ['tls_inspector', 'proxy_protocol', 'original_dst', 'original_src']
const networkFilterType = new RegExp(`^envoy\\.extensions\\.filters\\.listener\\.(${networkFilters.join('|')})\\.`)

const removedKeys: Readonly<Record<string, string>> = {
  additional_addresses: 'one address is enough',
  use_original_dst: 'nobody redirects connections here',
  bind_to_port: 'it is connected to directly',
  transparent: 'needs rights of the system',
  freebind: 'needs rights of the system',
  socket_options: 'may need rights of the system',
  filter_chain_matcher: 'there is one filter chain',
  reuse_port: 'see enable_reuse_port',
  access_log: 'replaced by ours',
  access_log_options: 'replaced by ours',
}

export function rewriteListener(listener: Resource, rewriting: ListenerRewriting): Resource {
  const { plan, note } = rewriting
  const { name } = listener
  const say: Note = (what) => note(`listener ${name}: ${what}`)
  const port = plan.ports[name]
  if (port === undefined) throw new Error(`no port was planned for listener ${name}`)
  say(`address ${addressOf(listener)} -> 127.0.0.1:${port}`)
  for (const [key, why] of Object.entries(removedKeys)) {
    if (listener[key] !== undefined) say(`${key} removed (${why})`)
  }
  const [entry] = httpChains(listener).http
  if (entry === undefined) throw new Error(`listener ${name} does not speak HTTP`)
  const filters = objectsAt(entry.chain, 'filters').map((filter) =>
    filter.typed_config === entry.manager
      ? { ...filter, typed_config: rewriteManager(entry.manager, name, say, rewriting) }
      : filter,
  )
  return {
    ...without(listener, ...Object.keys(removedKeys), 'deprecated_v1'),
    '@type': listener['@type'],
    name,
    address: { socket_address: { address: '127.0.0.1', port_value: port } },
    // Or another run on the same port would share its connections in silence.
    enable_reuse_port: false,
    ...listenerFilters(listener, say),
    filter_chains: [{ ...rewriteChain(entry.chain, say), filters }],
  }
}

function listenerFilters(listener: Resource, say: Note): JsonObject {
  if (listener.listener_filters === undefined) return {}
  const kept = objectsAt(listener, 'listener_filters').filter((filter) => {
    const { typed_config: config } = filter
    if (!networkFilterType.test(typeOf(config))) return true
    const called = textAt(filter, 'name')
    const isProxy = typeOf(config).includes('.proxy_protocol.')
    say(
      `listener filter ${called} removed${isProxy ? ' (no balancer stands in front; clients are told by their address)' : ''}`,
    )
    return false
  })
  return { listener_filters: kept }
}

function rewriteChain(chain: JsonObject, say: Note): JsonObject {
  const match = chain.filter_chain_match
  if (isObject(match) && Object.keys(match).length > 0) say(`filter_chain_match removed: ${brief(match)}`)
  if (chain.transport_socket !== undefined) {
    say(
      `downstream TLS removed (${textAt(chain, 'transport_socket', 'name') || 'transport_socket'}): clients of ours speak plain text`,
    )
  }
  return without(chain, 'filter_chain_match', 'transport_socket', 'use_proxy_proto', 'transport_socket_connect_timeout')
}

const logKeys = ['access_log', 'access_log_options', 'access_log_flush_interval', 'flush_access_log_on_new_request']

function rewriteManager(
  manager: JsonObject,
  listener: string,
  say: Note,
  { plan, routes, note }: ListenerRewriting,
): JsonObject {
  const logs = plan.logsOf(listener)
  say(`access logs replaced by ours (were: ${logNames(manager.access_log)})`)
  if (manager.tracing !== undefined) say('tracing removed')
  if (manager.access_log_options !== undefined) say('access_log_options removed')
  return {
    ...without(manager, ...logKeys, 'tracing', 'route_config', 'rds'),
    access_log: logs.access,
    ...routeSource(manager, say, plan, routes, note),
    http_filters: objectsAt(manager, 'http_filters').map((filter) => withUpstreamLog(filter, logs.upstream, say)),
  }
}

/** Its own routes, or those that it asks for: from our control plane, or written into it. */
function routeSource(
  manager: JsonObject,
  say: Note,
  { discovery, stubs }: ForeignPlan,
  routes: readonly Resource[],
  note: (line: string) => void,
): JsonObject {
  const { route_config: inline, rds } = manager
  if (isObject(inline)) return { route_config: rewriteRoutes(inline, stubs, note) }
  if (!isObject(rds)) return {}
  if (discovery !== undefined) {
    say(`rds ${textAt(rds, 'route_config_name')}: config_source -> our control plane, which serves the same`)
    return { rds: { ...rds, config_source: discovery } }
  }
  const found = routes.find(({ name }) => name === rds.route_config_name)
  if (found === undefined) return { rds }
  say(`rds ${found.name} -> route_config (its routes are written into the listener)`)
  return { route_config: without(found, '@type') }
}

const routerType = 'envoy.extensions.filters.http.router.v3.Router'

function withUpstreamLog(filter: JsonObject, log: Json, say: Note): JsonObject {
  const { typed_config: config } = filter
  if (!isObject(config) || typeOf(config) !== routerType) return filter
  say(`upstream_log of the router replaced by ours (was: ${logNames(config.upstream_log)})`)
  return { ...filter, typed_config: { ...without(config, 'upstream_log_options'), upstream_log: log } }
}

function logNames(logs: Json | undefined): string {
  const names = objectsAt(logs ?? null).map((log) => {
    const path = textAt(log, 'typed_config', 'path')
    return `${textAt(log, 'name') || typeOf(log.typed_config)}${path === '' ? '' : ` ${path}`}`
  })
  return names.join(', ') || 'none'
}

function addressOf(listener: JsonObject): string {
  const socket = at(listener, 'address', 'socket_address')
  if (!isObject(socket)) return textAt(listener, 'address', 'pipe', 'path') || '(none)'
  return `${textAt(socket, 'address')}:${wordOf(socket.port_value ?? socket.named_port)}`
}

function brief(value: Json): string {
  const text = JSON.stringify(value)
  return text.length > 120 ? `${text.slice(0, 120)}...` : text
}
