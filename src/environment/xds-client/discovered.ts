// What a control plane has answered so far, and from that what has to be asked next, in the order of Envoy: clusters, then
// the hosts of those that want discovery, then listeners, then the routes that those name. It knows no transport.

import type { XdsType } from '../../mesh/foreign/discovery-object.ts'
import type { Json, JsonObject } from '../../mesh/xds.ts'

export interface Answer {
  readonly type: XdsType
  readonly resources: readonly JsonObject[]
  /** Names that are gone; only of an incremental answer. */
  readonly removed: readonly string[]
  /** What is not in it, is gone: a whole answer for all of a type. */
  readonly isWhole: boolean
}

export interface Discovered {
  take(answer: Answer): void
  /** A type that this control plane has nothing of. */
  giveUp(type: XdsType): void
  has(type: XdsType): boolean
  resources(type: XdsType): readonly JsonObject[]
  /** Names to ask for; none: everything there is. Undefined: not yet, or not at all. */
  wanted(type: XdsType): readonly string[] | undefined
  /** What is still to come, in words. */
  missing(): readonly string[]
}

export function discovered(): Discovered {
  const held = new Map<XdsType, Map<string, JsonObject>>()
  const answered = new Set<XdsType>()
  const resources = (type: XdsType) => [...(held.get(type) ?? new Map<string, JsonObject>()).values()]
  const endpointNames = () => unique(resources('clusters').flatMap(serviceOf))
  const routeNames = () => unique(resources('listeners').flatMap(routeConfigsOf))
  const lacks = (type: XdsType, names: readonly string[]) => names.filter((name) => held.get(type)?.has(name) !== true)
  const hostsKnown = () => answered.has('clusters') && (answered.has('endpoints') || endpointNames().length === 0)
  const wanted = (type: XdsType): readonly string[] | undefined => {
    if (type === 'clusters') return []
    if (type === 'endpoints') return endpointNames().length === 0 ? undefined : endpointNames()
    if (type === 'listeners') return hostsKnown() ? [] : undefined
    if (!answered.has('listeners')) return undefined
    // Listeners that bring their routes along want none; without listeners ours asks for whatever there is.
    return routeNames().length > 0 || resources('listeners').length === 0 ? routeNames() : undefined
  }
  return {
    take({ type, resources: given, removed, isWhole }) {
      answered.add(type)
      const current = isWhole ? new Map<string, JsonObject>() : new Map(held.get(type))
      for (const name of removed) current.delete(name)
      for (const resource of given) current.set(nameOf(type, resource), resource)
      held.set(type, current)
      // Of what is asked for by name a control plane need not say that it is gone.
      for (const asked of ['endpoints', 'routes'] as const) {
        const names = wanted(asked) ?? []
        if (names.length === 0) continue
        for (const name of held.get(asked)?.keys() ?? []) if (!names.includes(name)) held.get(asked)?.delete(name)
      }
    },
    giveUp(type) {
      answered.add(type)
    },
    has: (type) => answered.has(type),
    resources,
    wanted,
    missing() {
      const never = (['clusters', 'listeners', 'routes'] as const).filter(
        (type) => wanted(type) !== undefined && !answered.has(type),
      )
      if (never.length > 0) return never
      return [
        ...(answered.has('endpoints') ? [] : lacks('endpoints', endpointNames())).map((name) => `endpoints of ${name}`),
        ...lacks('routes', routeNames()).map((name) => `routes ${name}`),
      ]
    },
  }
}

export function nameOf(type: XdsType, resource: JsonObject): string {
  return String(resource[type === 'endpoints' ? 'cluster_name' : 'name'] ?? '')
}

function serviceOf(cluster: JsonObject): readonly string[] {
  if (cluster.type !== 'EDS') return []
  const config = cluster.eds_cluster_config
  const service = isObject(config) ? config.service_name : undefined
  return [typeof service === 'string' && service !== '' ? service : String(cluster.name)]
}

/** Connection managers stand at any depth: in chains, in the default chain, in matchers. */
function routeConfigsOf(value: Json): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item: Json) => routeConfigsOf(item))
  if (!isObject(value)) return []
  const { rds } = value
  const own = isObject(rds) && typeof rds.route_config_name === 'string' ? [rds.route_config_name] : []
  return [...own, ...Object.values(value).flatMap((member) => routeConfigsOf(member))]
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const unique = (names: readonly string[]): readonly string[] => [...new Set(names)]
