// The served side: what the control plane hands out for one environment. Scenarios that share an Envoy each bring their own
// clusters and route config, told apart by a prefix; their union is the stored object of the environment's node.

import { createHash } from 'node:crypto'
import { discoveryResponse, type XdsResources } from '../mesh/compile.ts'
import { rewriteForRun } from '../mesh/rewrite.ts'
import type { ObjectStore } from './control-plane/object-store.ts'
import type { ScenarioPlace } from './topology.ts'

const clusterType = 'type.googleapis.com/envoy.config.cluster.v3.Cluster'
const routeType = 'type.googleapis.com/envoy.config.route.v3.RouteConfiguration'

export interface ServedConfig {
  /** Changes that let the scenario's config run on loopback, a line each. */
  changes(scenario: string): readonly string[]
  /** Replaces what one scenario is served, and stores the whole again. Gives the new versions. */
  serve(scenario: string, compiled: XdsResources): Promise<{ readonly clusters: string; readonly routes: string }>
}

export const prefixOf = (key: string): string => `${key}-`

export function servedConfig(store: ObjectStore, node: string, places: readonly ScenarioPlace[]): ServedConfig {
  const rewritten = new Map<string, ReturnType<typeof rewriteForRun>>()
  const placeOf = new Map(places.map((place) => [place.record.name, place]))
  const write = async () => {
    const all = [...rewritten.values()].map(({ resources }) => resources)
    const clusters = discoveryResponse(
      clusterType,
      all.flatMap((resources) => resources.clusters),
    )
    const routes = discoveryResponse(
      routeType,
      all.flatMap((resources) => resources.routes),
    )
    await store.write(`v3/discovery/clusters/${encodeURIComponent(node)}`, JSON.stringify(clusters))
    await store.write(`v3/discovery/routes/${encodeURIComponent(node)}`, JSON.stringify(routes))
    return { clusters: clusters.version_info, routes: routes.version_info }
  }
  return {
    changes: (scenario) => rewritten.get(scenario)?.changes ?? [],
    serve(scenario, compiled) {
      const place = placeOf.get(scenario)
      if (place === undefined) throw new Error(`no such scenario in this environment: ${scenario}`)
      const endpoints = Object.fromEntries(
        place.clusters.map((cluster) => [
          cluster,
          place.hosts
            .filter((host) => host.cluster === cluster)
            .map(({ address, faultPort }) => ({ address, port: faultPort })),
        ]),
      )
      rewritten.set(scenario, rewriteForRun(compiled, { prefix: prefixOf(place.key), endpoints }))
      return write()
    },
  }
}

/** Identity of what a scenario was served, for the history's header. */
export function sha256Of(compiled: XdsResources): string {
  return createHash('sha256').update(JSON.stringify(compiled)).digest('hex')
}
