// The route configurations that run, and what in them cannot: clusters that are not there, or that only a request names.

import type { Json, JsonObject, Resource } from '../xds.ts'
import type { ForeignConfig } from './foreign-config.ts'
import { httpChains } from './http-chains.ts'
import { at, contentOf, isObject, objectAt, objectsAt, textAt, typeOf } from './json-tree.ts'
import { movedFrom } from './moved-lines.ts'
import type { Trimming } from './runnable.ts'
import { isSet } from './runnable-filters.ts'

/** Of a dump only those that a listener asks for. */
export function runnableRoutes(
  config: ForeignConfig,
  listeners: readonly Resource[],
  trimming: Trimming,
): readonly Resource[] {
  const wanted = new Set(
    listeners.flatMap((listener) =>
      httpChains(listener).http.map(({ manager }) => textAt(manager, 'rds', 'route_config_name')),
    ),
  )
  const kept: Resource[] = []
  for (const [index, one] of config.routes.entries()) {
    if (config.sort === 'configDump' && !wanted.has(one.name)) continue
    trimming.moved.push({ to: `/routes/${kept.length}`, from: `/routes/${index}` })
    checkRoutes(one, `/routes/${index}`, config, trimming)
    kept.push(one)
  }
  const left = config.routes.length - kept.length
  if (left > 0)
    trimming.note(
      `${left} route configuration${left === 1 ? '' : 's'}: not run (no listener that runs asks for ${left === 1 ? 'it' : 'them'})`,
    )
  return kept
}

export function checkInlineRoutes(listeners: readonly Resource[], config: ForeignConfig, trimming: Trimming): void {
  for (const [index, listener] of listeners.entries()) {
    for (const { manager, managerIndex } of httpChains(listener).http) {
      const here = `/listeners/${index}/filter_chains/0/filters/${managerIndex}/typed_config/route_config`
      const routes = at(manager, 'route_config')
      if (isObject(routes)) checkRoutes(routes, movedFrom(trimming.moved, here), config, trimming)
    }
  }
}

function checkRoutes(routes: JsonObject, pointer: string, config: ForeignConfig, trimming: Trimming): void {
  const { refused } = trimming
  const name = textAt(routes, 'name') || '(without a name)'
  if (routes.vhds !== undefined) {
    const remedy = 'give it all its virtual hosts'
    refused.add(`${pointer}/vhds`, `route configuration ${name}`, 'a control plane brings its virtual hosts', remedy)
  }
  for (const [index, host] of objectsAt(routes, 'virtual_hosts').entries()) {
    const what = `virtual host ${textAt(host, 'name')}`
    const check = {
      what,
      clusters: config.clusters,
      trimming,
      isDynamic: ['controlPlane', 'xds'].includes(config.sort),
    }
    walk(host, `${pointer}/virtual_hosts/${index}`, check)
  }
}

interface Check {
  readonly what: string
  readonly clusters: readonly Resource[]
  readonly isDynamic: boolean
  readonly trimming: Trimming
}

/** Looks at everything in a virtual host, so that routes within matchers are seen as well. */
function walk(value: Json, pointer: string, check: Check): void {
  if (Array.isArray(value))
    for (const [index, item] of value.entries()) walk(item as Json, `${pointer}/${index}`, check)
  if (!isObject(value)) return
  for (const [key, member] of Object.entries(value)) {
    const here = `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
    if (key === 'route' && isObject(member)) checkAction(member, here, check)
    if (key === 'request_mirror_policies') {
      for (const [index, mirror] of objectsAt(value, key).entries()) checkTarget(mirror, `${here}/${index}`, check)
    }
    if (key === 'typed_per_filter_config') noteFaults(objectAt(member), check)
    else walk(member, here, check)
  }
}

function checkAction(action: JsonObject, pointer: string, check: Check): void {
  const { refused } = check.trimming
  for (const key of ['cluster_specifier_plugin', 'inline_cluster_specifier_plugin']) {
    if (action[key] === undefined) continue
    refused.add(`${pointer}/${key}`, check.what, `${key} chooses the cluster of a route`, 'name the cluster')
  }
  checkTarget(action, pointer, check)
  for (const [index, one] of objectsAt(action, 'weighted_clusters', 'clusters').entries()) {
    // Its `cluster_header` is at home in the weighted cluster, its name is called `name`.
    const { name } = one
    checkTarget(
      name === undefined ? one : { ...one, cluster: name },
      `${pointer}/weighted_clusters/clusters/${index}`,
      check,
    )
  }
}

function checkTarget(target: JsonObject, pointer: string, { what, clusters, trimming, isDynamic }: Check): void {
  if (textAt(target, 'cluster_header') !== '') {
    const why = `the header ${textAt(target, 'cluster_header')} of a request chooses the cluster`
    trimming.refused.add(`${pointer}/cluster_header`, what, why, 'name the cluster')
  }
  const name = textAt(target, 'cluster')
  if (name === '' || isDynamic || clusters.some((one) => one.name === name)) return
  const known = clusters.map((one) => one.name)
  const remedy = `declare it; known: ${known.slice(0, 20).join(', ') || 'none'}`
  trimming.refused.add(`${pointer}/cluster`, what, `a route leads to cluster ${name}, which does not exist`, remedy)
}

function noteFaults(configs: JsonObject, { what, trimming }: Check): void {
  for (const config of Object.values(configs)) {
    const type = 'envoy.extensions.filters.http.fault.v3.HTTPFault'
    if (typeOf(config) === type && isSet(contentOf(config))) {
      trimming.note(`fault filter in ${what}: what it aborts is never retried`)
    }
  }
}
