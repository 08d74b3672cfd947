// Serves scenarios once more in an environment that has already run: their configs as they are now, and every cluster as a
// new one, because Envoy keeps ejections, breakers and connections for as long as a cluster stays the same. Hosts, listeners
// and names cannot change here; for that a new environment is needed.

import { monotonicMs } from '../core/clock.ts'
import { EnvironmentError } from '../core/errors.ts'
import { drawToken } from '../core/random.ts'
import type { XdsResources } from '../mesh/compile.ts'
import type { Json, JsonObject, Resource } from '../mesh/xds.ts'
import type { EnvoyAdmin } from './envoy/admin.ts'
import type { PreparedScenario } from './prepared-scenario.ts'
import { expectedMembers, membersKnown } from './readiness.ts'
import type { ServedConfig } from './served-config.ts'
import type { ScenarioPlace } from './topology.ts'

export interface RenewParts {
  readonly served: Pick<ServedConfig, 'stageAll'>
  readonly admin: EnvoyAdmin
  readonly places: readonly ScenarioPlace[]
}

const stepWithinMs = 2_000
const lookEveryMs = 5
const markName = 'shaketable.rerun'

/** @throws EnvironmentError when Envoy does not take it in time, or the signal's reason */
export async function renewConfig(
  scenarios: readonly PreparedScenario[],
  { served, admin, places }: RenewParts,
  signal?: AbortSignal,
): Promise<void> {
  const mark = drawToken()
  const staged = served.stageAll(new Map(scenarios.map((one) => [one.record.name, markedAnew(one.served, mark)])))
  const members = expectedMembers(places, scenarios)
  const routeConfigs = places
    .filter(({ key }) => scenarios.some((one) => one.key === key && one.served.routes.length > 0))
    .map(({ routeConfig }) => routeConfig)
  // Envoy's own word: that a version was taken says nothing of clusters that still warm up.
  const inUse = async (resource: string, names: readonly string[]) => {
    const marked = markedNames(await admin.configDump(`?resource=${resource}`), mark)
    return names.every((name) => marked.has(name))
  }
  await staged.storeClustersBeforeRoutes()
  await until('clusters', signal, async () => {
    const names = members.map(({ cluster }) => cluster)
    return (await inUse('dynamic_active_clusters', names)) && (await membersKnown(admin, members)) === true
  })
  await staged.storeRoutes()
  await until('routes', signal, () => inUse('dynamic_route_configs', routeConfigs))
  if (staged.removedClusters.length > 0) await staged.storeClusters()
}

async function until(what: string, signal: AbortSignal | undefined, condition: () => Promise<boolean>): Promise<void> {
  const endMs = monotonicMs() + stepWithinMs
  while (!(await condition())) {
    signal?.throwIfAborted()
    if (monotonicMs() > endMs) throw new EnvironmentError(`Envoy did not take its ${what} within ${stepWithinMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
  }
}

/** Envoy makes a cluster anew when anything of it differs, also metadata, which nothing else looks at. */
function markedAnew({ clusters, routes }: XdsResources, mark: string): XdsResources {
  const marked = (resource: Resource): Resource => {
    const metadata = objectOf(resource.metadata)
    const filters = { ...objectOf(metadata.filter_metadata), [markName]: { mark } }
    return { ...resource, metadata: { ...metadata, filter_metadata: filters } }
  }
  return { clusters: clusters.map(marked), routes: routes.map(marked) }
}

/** Names inside Envoy of the clusters or route configs of a dump that bear the mark. */
export function markedNames(dump: unknown, mark: string): ReadonlySet<string> {
  const configs = objectOf(dump as Json).configs
  if (!Array.isArray(configs)) return new Set()
  return new Set(
    configs.flatMap((config: Json) => {
      const { cluster, route_config } = objectOf(config)
      const resource = objectOf(cluster ?? route_config)
      const found = objectOf(objectOf(objectOf(resource.metadata).filter_metadata)[markName]).mark
      return found === mark && typeof resource.name === 'string' ? [resource.name] : []
    }),
  )
}

function objectOf(value: Json | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}
}
