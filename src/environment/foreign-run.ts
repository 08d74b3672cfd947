// Foreign configs as an environment runs them: on the ports and hosts of their scenario's place. Those that stand in one
// file are static: nothing asks a control plane for anything.

import { configUnderTest, type MeshScenario } from '../core/scenario-record.ts'
import type { ForeignConfig } from '../mesh/foreign/foreign-config.ts'
import { type ForeignForRun, type ForeignPlan, rewriteForeign } from '../mesh/foreign/rewrite-foreign.ts'
import { ownLogs } from './envoy/own-logs.ts'
import type { PreparedScenario } from './prepared-scenario.ts'
import { facingPort, type ScenarioPlace } from './topology.ts'

/** Whether all of its config stands in the bootstrap of its Envoy. */
export function isStatic({ mesh }: Pick<MeshScenario, 'mesh'>): boolean {
  return ['envoy', 'configDump'].includes(configUnderTest(mesh).sort)
}

export type ForeignRuns = ReadonlyMap<string, ForeignForRun>

/** By scenario, those that are static. @throws InputError that names what cannot run here */
export function staticRuns(scenarios: readonly PreparedScenario[], places: readonly ScenarioPlace[]): ForeignRuns {
  const runs = scenarios.flatMap(({ record, foreign, key }): [string, ForeignForRun][] => {
    const place = places.find((one) => one.key === key)
    if (foreign === undefined || place === undefined || !isStatic(record)) return []
    return [[record.name, rewriteForeign(foreign, foreignPlan(place))]]
  })
  return new Map(runs)
}

/** Where Envoy finds what our control plane serves: the same as in egress.bootstrap.yaml. */
const ourDiscovery = {
  resource_api_version: 'V3',
  api_config_source: {
    api_type: 'REST',
    transport_api_version: 'V3',
    cluster_names: ['xds'],
    refresh_delay: '0.001s',
    request_timeout: '60s',
  },
}

/** By scenario, those that our control plane serves, as they are at first. @throws InputError as above */
export function discoveredRuns(scenarios: readonly PreparedScenario[], places: readonly ScenarioPlace[]): ForeignRuns {
  const runs = scenarios.flatMap(({ record, foreign, served, key }): [string, ForeignForRun][] => {
    const place = places.find((one) => one.key === key)
    if (foreign === undefined || place === undefined || isStatic(record)) return []
    return [[record.name, discoveredRun({ ...foreign, ...served }, place)]]
  })
  return new Map(runs)
}

/** @throws InputError as above */
export function discoveredRun(config: ForeignConfig, place: ScenarioPlace): ForeignForRun {
  return rewriteForeign(config, { ...foreignPlan(place), discovery: ourDiscovery })
}

/** What is ours in place of what is the user's. */
function foreignPlan({ key, record, clusters, hosts, listeners }: ScenarioPlace): ForeignPlan {
  const endpointsOf = (cluster: string) =>
    hosts.filter((host) => host.cluster === cluster).map((host) => ({ address: host.address, port: facingPort(host) }))
  return {
    endpoints: Object.fromEntries(clusters.map((cluster) => [cluster, endpointsOf(cluster)])),
    ports: Object.fromEntries(listeners.map(({ name, port }) => [name, port])),
    stubs: record.mesh.stubs ?? {},
    logsOf: (listener) => ownLogs(key, listeners.length > 1 ? listener : undefined),
    relayed: [...new Set(hosts.flatMap(({ cluster, relayPort }) => (relayPort === undefined ? [] : [cluster])))],
  }
}
