// A `/config_dump`, taken apart: what an Envoy runs, whoever brought it. From an Istio side-car only what plain Envoy knows is
// kept (istio.ts).

import { formatPlace, InputError } from '../../core/errors.ts'
import type { JsonObject, Resource } from '../xds.ts'
import type { ForeignConfig } from './foreign-config.ts'
import { isIstio, withoutIstio } from './istio.ts'
import { at, isObject, objectAt, objectsAt, textAt, without } from './json-tree.ts'
import { type PlacedFile, readPlacedFile } from './placed-file.ts'
import { resource } from './read-envoy-yaml.ts'

interface Found {
  readonly pointer: string
  readonly resource: Resource
}

/** Where each kind of resource lies in its part of the dump, and what is around it. */
const lists = {
  listeners: [
    ['ListenersConfigDump', 'static_listeners', 'listener'],
    ['ListenersConfigDump', 'dynamic_listeners', 'active_state/listener'],
  ],
  routes: [['RoutesConfigDump', 'dynamic_route_configs', 'route_config']],
  clusters: [
    ['ClustersConfigDump', 'static_clusters', 'cluster'],
    ['ClustersConfigDump', 'dynamic_active_clusters', 'cluster'],
  ],
  endpoints: [
    ['EndpointsConfigDump', 'static_endpoint_configs', 'endpoint_config'],
    ['EndpointsConfigDump', 'dynamic_endpoint_configs', 'endpoint_config'],
  ],
} as const

const typeNames = {
  listeners: 'envoy.config.listener.v3.Listener',
  routes: 'envoy.config.route.v3.RouteConfiguration',
  clusters: 'envoy.config.cluster.v3.Cluster',
  endpoints: 'envoy.config.endpoint.v3.ClusterLoadAssignment',
} as const

type Sort = keyof typeof lists

/** @throws InputError */
export async function readConfigDump(file: string, node: string): Promise<ForeignConfig> {
  const placed = await readPlacedFile(file, 'what an Envoy says at /config_dump')
  const parts = partsOf(placed)
  const found = {
    listeners: resourcesOf(placed, parts, 'listeners'),
    routes: resourcesOf(placed, parts, 'routes'),
    clusters: resourcesOf(placed, parts, 'clusters'),
    endpoints: resourcesOf(placed, parts, 'endpoints'),
  }
  if (found.listeners.length === 0) {
    throw new InputError(
      `${file}: expected the listeners of an Envoy, found none; take the whole /config_dump, without resource= or mask=`,
    )
  }
  const bootstrap = objectAt(placed.value, 'configs', parts.get('BootstrapConfigDump') ?? -1, 'bootstrap')
  const config: ForeignConfig = {
    sort: 'configDump',
    from: file,
    node: textAt(bootstrap, 'node', 'cluster') || node,
    bootstrap: withoutOwnVersion(bootstrap),
    listeners: found.listeners.map((one) => one.resource),
    routes: found.routes.map((one) => one.resource),
    clusters: found.clusters.map((one) => one.resource),
    endpoints: found.endpoints.map((one) => one.resource),
    changes: notRunning(placed, parts),
    lineOf(pointer) {
      const [, sort = '', index = '', ...rest] = pointer.split('/')
      const place = Object.hasOwn(found, sort) ? found[sort as Sort][Number(index)]?.pointer : undefined
      return placed.lineOf(place === undefined ? pointer : [place, ...rest].join('/'))
    },
  }
  return isIstio(config) ? withoutIstio(config) : config
}

/** Index of each part by the last word of its type. */
function partsOf({ file, value, lineOf }: PlacedFile): ReadonlyMap<string, number> {
  if (!Array.isArray(value.configs)) {
    const hint = value.static_resources === undefined ? 'is this a dump?' : 'name a bootstrap in mesh.envoy'
    throw new InputError(`${file}: expected a config dump with its list "configs", found none; ${hint}`)
  }
  const parts = new Map(
    objectsAt(value, 'configs').map((part, index) => [textAt(part, '@type').split('.').at(-1) ?? '', index]),
  )
  const scoped = parts.get('ScopedRoutesConfigDump')
  const dumped = objectAt(value, 'configs', scoped ?? -1)
  const key = ['inline_scoped_route_configs', 'dynamic_scoped_route_configs'].find(
    (one) => objectsAt(dumped, one).length > 0,
  )
  if (key === undefined) return parts
  const place = formatPlace(lineOf(`/configs/${scoped}/${key}`))
  throw new InputError(`${place}: expected routes without scopes, found scoped routes; they cannot run here`)
}

function resourcesOf({ value }: PlacedFile, parts: ReadonlyMap<string, number>, sort: Sort): readonly Found[] {
  return lists[sort].flatMap(([part, list, path]) => {
    const index = parts.get(part)
    if (index === undefined) return []
    return objectsAt(value, 'configs', index, list).flatMap((entry, place): Found[] => {
      const message = at(entry, ...path.split('/'))
      if (!isObject(message)) return [] // warming, draining or refused: it does not run there either
      const pointer = `/configs/${index}/${list}/${place}/${path}`
      return [
        {
          pointer,
          resource: resource(message, typeNames[sort], nameOf(message, entry) || `${sort.slice(0, -1)}-${place + 1}`),
        },
      ]
    })
  })
}

/** Listeners that the Envoy itself has not, or not yet. */
function notRunning({ value }: PlacedFile, parts: ReadonlyMap<string, number>): readonly string[] {
  const listeners = objectsAt(value, 'configs', parts.get('ListenersConfigDump') ?? -1, 'dynamic_listeners')
  return listeners.flatMap((entry) => {
    if (isObject(entry.active_state)) return []
    const why = isObject(entry.error_state) ? 'refused' : 'warming or draining'
    return [`listener ${textAt(entry, 'name')}: not run (it does not run there either: ${why})`]
  })
}

function nameOf(message: JsonObject, entry: JsonObject): string {
  return textAt(message, 'cluster_name') || textAt(entry, 'name')
}

/** What says of which version and build that Envoy is, and switches that only its version knows. */
function withoutOwnVersion(bootstrap: JsonObject): JsonObject {
  const node = objectAt(bootstrap, 'node')
  const known = without(node, 'extensions', 'user_agent_name', 'user_agent_version', 'user_agent_build_version')
  const layers = objectsAt(bootstrap, 'layered_runtime', 'layers').map((layer): JsonObject => {
    const values = layer.static_layer
    return isObject(values) ? { ...layer, static_layer: withoutGuards(values) } : layer
  })
  return {
    ...without(bootstrap, 'static_resources', 'layered_runtime'),
    ...(Object.keys(node).length === 0 ? {} : { node: known }),
    ...(layers.length === 0 ? {} : { layered_runtime: { layers } }),
  }
}

function withoutGuards(values: JsonObject): JsonObject {
  const guards = Object.keys(values).filter((key) => /^envoy\.(reloadable|restart|deprecated)_features/.test(key))
  return without(values, ...guards)
}
