// The listeners that can run: those that speak HTTP over TCP, each with one filter chain.

import type { Json, JsonObject, Resource } from '../xds.ts'
import { type HttpChain, httpChains, whyNoListener } from './http-chains.ts'
import { at, objectAt, objectsAt, textAt, wordOf } from './json-tree.ts'
import type { Trimming } from './runnable.ts'
import { runnableFilters } from './runnable-filters.ts'

export function runnableListeners(
  listeners: readonly Resource[],
  routes: readonly Resource[],
  trimming: Trimming,
): readonly Resource[] {
  const found: Resource[] = []
  for (const [index, listener] of listeners.entries()) {
    const from = `/listeners/${index}`
    for (const entry of entriesOf(listener, trimming)) {
      const to = `/listeners/${found.length}`
      trimming.moved.push({ to, from }, { to: `${to}/filter_chains/0`, from: `${from}${entry.pointer}` })
      checkRouteSource(entry, `${from}${entry.pointer}/filters/${entry.managerIndex}`, routes, trimming)
      const chain = runnableChain(entry, `${to}/filter_chains/0`, `${from}${entry.pointer}`, trimming)
      const { default_filter_chain: _, ...rest } = listener
      found.push({ ...rest, '@type': listener['@type'], name: entry.name, filter_chains: [chain] })
    }
  }
  if (found.length === 0 && listeners.length > 0) {
    const remedy = 'name the config of an Envoy with an http_connection_manager'
    trimming.refused.add('/listeners/0', 'listeners', 'none of them speaks HTTP', remedy)
  }
  return found
}

function entriesOf(listener: Resource, { note }: Trimming): readonly HttpChain[] {
  const { name } = listener
  const why = whyNoListener(listener)
  if (why !== undefined) {
    note(`listener ${name}: not run (${why})`)
    return []
  }
  const { http, other } = httpChains(listener)
  if (http.length === 0) {
    note(`listener ${name}: not HTTP (${other.map(({ filter }) => filter).join(', ') || 'no filter chains'}): not run`)
    return []
  }
  for (const { pointer, filter } of other) {
    note(`listener ${name}: ${chainName(listener, pointer)} is not HTTP (${filter}): not run`)
  }
  if (http.length > 1) {
    for (const one of http)
      note(`listener ${name}: ${chainName(listener, one.pointer)} is a listener of its own: ${one.name}`)
  }
  return http
}

/** By what a person finds it: its own name, or whom it is for. */
function chainName(listener: Resource, pointer: string): string {
  const path = pointer.slice(1).split('/')
  const names = at(listener, ...path, 'filter_chain_match', 'server_names')
  const whom = Array.isArray(names) && names.length > 0 ? ` of ${names.map((one: Json) => wordOf(one)).join(', ')}` : ''
  return `${textAt(listener, ...path, 'name') || path.join(' ')}${whom}`
}

/** Where the connection manager has its routes from. */
function checkRouteSource(
  { name, manager }: HttpChain,
  pointer: string,
  routes: readonly Resource[],
  { sort, refused }: Trimming,
): void {
  const place = `${pointer}/typed_config`
  if (at(manager, 'scoped_routes') !== undefined) {
    refused.add(
      `${place}/scoped_routes`,
      `listener ${name}`,
      'its routes are scoped',
      'give it one route configuration',
    )
  }
  const wanted = at(manager, 'rds', 'route_config_name')
  if (typeof wanted !== 'string') return
  if (sort === 'envoy') {
    const remedy = 'use mesh.controlPlane, or put what an Envoy says at /config_dump into mesh.configDump'
    refused.add(`${place}/rds`, `listener ${name}`, `its routes (${wanted}) come from a control plane`, remedy)
  } else if (sort === 'configDump' && !routes.some((one) => one.name === wanted)) {
    const remedy = 'take the dump when that Envoy has them'
    refused.add(`${place}/rds`, `listener ${name}`, `its route configuration ${wanted} is not in this dump`, remedy)
  }
}

function runnableChain(entry: HttpChain, to: string, from: string, trimming: Trimming): JsonObject {
  const place = { listener: entry.name, trimming }
  const filters = runnableFilters(objectsAt(entry.chain, 'filters'), {
    ...place,
    to: `${to}/filters`,
    from: `${from}/filters`,
  })
  return {
    ...entry.chain,
    filters: filters.map((filter) => {
      if (filter.typed_config !== entry.manager) return filter
      const index = filters.indexOf(filter)
      const inside = {
        to: `${to}/filters/${index}/typed_config/http_filters`,
        from: `${from}/filters/${entry.managerIndex}/typed_config/http_filters`,
      }
      const http = runnableFilters(objectsAt(entry.manager, 'http_filters'), { ...place, ...inside })
      return { ...filter, typed_config: { ...objectAt(entry.manager), http_filters: http } }
    }),
  }
}
