// The served side: what the control plane hands out for one environment. Scenarios that share an Envoy each bring their own
// clusters and route config, told apart by a prefix; their union is the stored object of the environment's node.

import { createHash } from 'node:crypto'
import { InputError } from '../core/errors.ts'
import { clusterTypeUrl, discoveryResponse, type Resource, routeTypeUrl, type XdsResources } from '../mesh/compile.ts'
import type { ForeignConfig } from '../mesh/foreign/foreign-config.ts'
import { type Rewritten, rewriteForRun } from '../mesh/rewrite.ts'
import type { ObjectStore } from './control-plane/object-store.ts'
import { discoveredRun } from './foreign-run.ts'
import { facingPort, type ScenarioPlace } from './topology.ts'

export type ServedType = 'clusters' | 'routes'

export interface ServedConfig {
  /** Changes that let the scenario's config run on loopback, a line each. */
  changes(scenario: string): readonly string[]
  /** What would change if the scenario were served this; nothing is stored yet. */
  stage(scenario: string, compiled: XdsResources): StagedConfig
  /** The same of several scenarios at once. */
  stageAll(compiled: ReadonlyMap<string, XdsResources>): StagedConfig
}

export interface StagedConfig {
  /** The versions to come, of what changes only. */
  readonly versions: Readonly<Partial<Record<ServedType, string>>>
  /** Names inside Envoy. */
  readonly addedClusters: readonly string[]
  readonly removedClusters: readonly string[]
  /** Clusters together with those that will go; the version differs from the final one where any will. */
  storeClustersBeforeRoutes(): Promise<void>
  storeRoutes(): Promise<void>
  storeClusters(): Promise<void>
}

/** `foreign`: by scenario, those that are no service definitions. */
export function servedConfig(
  store: ObjectStore,
  node: string,
  places: readonly ScenarioPlace[],
  foreign: ReadonlyMap<string, ForeignConfig> = new Map(),
): ServedConfig {
  const rewritten = new Map<string, Rewritten>()
  const current: Partial<Record<ServedType, string>> = {}
  const all = (type: ServedType, configs: ReadonlyMap<string, Rewritten>) =>
    [...configs.values()].flatMap(({ resources }) => resources[type])
  const write = async (type: ServedType, resources: readonly Resource[]) => {
    const response = responseOf(type, resources)
    current[type] = response.version_info
    await store.write(`v3/discovery/${type}/${encodeURIComponent(node)}`, JSON.stringify(response))
  }
  const rewrite = (scenario: string, compiled: XdsResources) => {
    const place = places.find(({ record }) => record.name === scenario)
    if (place === undefined) throw new Error(`no such scenario in this environment: ${scenario}`)
    const config = foreign.get(scenario)
    if (config === undefined) return rewriteForRun(compiled, runPlan(place))
    refuseHomeless(compiled, place)
    const { clusters, routes, changes } = discoveredRun({ ...config, ...compiled }, place)
    return { resources: { clusters, routes }, changes }
  }
  return {
    changes: (scenario) => rewritten.get(scenario)?.changes ?? [],
    stage(scenario, compiled) {
      return this.stageAll(new Map([[scenario, compiled]]))
    },
    stageAll(several) {
      const old = all('clusters', rewritten)
      const next = new Map(rewritten)
      for (const [scenario, compiled] of several) next.set(scenario, rewrite(scenario, compiled))
      const clusters = all('clusters', next)
      const routes = all('routes', next)
      const removed = old.filter(({ name }) => !clusters.some((cluster) => cluster.name === name))
      const commit = () => {
        for (const [name, config] of next) rewritten.set(name, config)
      }
      return {
        versions: changed(current, {
          clusters: responseOf('clusters', clusters).version_info,
          routes: responseOf('routes', routes).version_info,
        }),
        addedClusters: namesOf(clusters).filter((name) => !namesOf(old).includes(name)),
        removedClusters: namesOf(removed),
        storeClustersBeforeRoutes() {
          commit()
          return write('clusters', [...clusters, ...removed])
        },
        storeRoutes: () => write('routes', routes),
        storeClusters: () => write('clusters', clusters),
      }
    },
  }
}

/** Hosts are started with the environment; a cluster that comes later must have been foreseen. */
function refuseHomeless({ clusters }: XdsResources, { clusters: known, record }: ScenarioPlace): void {
  const homeless = namesOf(clusters).filter((name) => !known.includes(name))
  if (homeless.length === 0) return
  throw new InputError(
    `${record.file}: ${homeless.join(', ')} was not there at the start, so no hosts were started for it\n` +
      `  hint: name it under upstreams (upstreams: { ${homeless[0]}: {} })`,
  )
}

function runPlan({ prefix, clusters, hosts }: ScenarioPlace) {
  const endpointsOf = (cluster: string) =>
    hosts.filter((host) => host.cluster === cluster).map((host) => ({ address: host.address, port: facingPort(host) }))
  return {
    prefix,
    endpoints: Object.fromEntries(clusters.map((cluster) => [cluster, endpointsOf(cluster)])),
    relayed: clusters.filter((cluster) =>
      hosts.some((host) => host.cluster === cluster && host.relayPort !== undefined),
    ),
  }
}

function responseOf(type: ServedType, resources: readonly Resource[]) {
  return discoveryResponse(type === 'clusters' ? clusterTypeUrl : routeTypeUrl, resources)
}

function changed(
  current: Readonly<Partial<Record<ServedType, string>>>,
  next: Readonly<Record<ServedType, string>>,
): Partial<Record<ServedType, string>> {
  return Object.fromEntries(Object.entries(next).filter(([type, version]) => current[type as ServedType] !== version))
}

const namesOf = (resources: readonly Resource[]): readonly string[] => resources.map(({ name }) => name)

/** Identity of what a scenario was served, for the history's header. */
export function sha256Of(compiled: XdsResources, listeners: readonly Resource[] = []): string {
  const served = listeners.length === 0 ? compiled : { ...compiled, listeners }
  return createHash('sha256').update(JSON.stringify(served)).digest('hex')
}
