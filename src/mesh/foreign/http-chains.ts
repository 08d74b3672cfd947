// A listener's filter chains, told apart: those that speak HTTP can run here. One becomes an entry under the listener's own
// name; further ones (one per SNI name, say) become entries of their own, `NAME/2` and so on, because without TLS nothing
// would tell them apart.

import type { JsonObject, Resource } from '../xds.ts'
import { isObject, objectsAt, textAt, typeOf } from './json-tree.ts'

const managerType = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'

export interface HttpChain {
  /** What a request names as its listener. */
  readonly name: string
  /** Within the listener: `/filter_chains/0`, `/default_filter_chain`. */
  readonly pointer: string
  readonly chain: JsonObject
  /** Place of the connection manager among the chain's filters. */
  readonly managerIndex: number
  readonly manager: JsonObject
}

export interface OtherChain {
  readonly pointer: string
  /** What it ends in: `envoy.filters.network.tcp_proxy`. */
  readonly filter: string
}

export function httpChains(listener: Resource): {
  readonly http: readonly HttpChain[]
  readonly other: readonly OtherChain[]
} {
  const chains = objectsAt(listener, 'filter_chains').map((chain, index) => ({
    chain,
    pointer: `/filter_chains/${index}`,
  }))
  if (isObject(listener.default_filter_chain)) {
    chains.push({ chain: listener.default_filter_chain, pointer: '/default_filter_chain' })
  }
  const http: HttpChain[] = []
  const other: OtherChain[] = []
  for (const { chain, pointer } of chains) {
    const filters = objectsAt(chain, 'filters')
    const managerIndex = filters.findIndex(({ typed_config: config }) => typeOf(config) === managerType)
    const manager = filters[managerIndex]?.typed_config
    if (isObject(manager)) {
      const name = http.length === 0 ? listener.name : `${listener.name}/${http.length + 1}`
      http.push({ name, pointer, chain, managerIndex, manager })
    } else other.push({ pointer, filter: textAt(filters.at(-1), 'name') || 'no filters' })
  }
  return { http, other }
}

/** Why a listener cannot take connections of ours at all, or undefined. */
export function whyNoListener(listener: JsonObject): string | undefined {
  if (isObject(listener.api_listener)) return 'it is an API listener'
  if (isObject(listener.internal_listener)) return 'it is internal'
  if (isObject(listener.udp_listener_config)) return 'it speaks UDP'
  return undefined
}
