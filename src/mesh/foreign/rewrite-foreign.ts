// The changes that let a foreign config run on loopback, and nothing else. Each change is a line for a person to read; what
// cannot run here is refused by name. It chooses no ports and knows no processes.
//
//   config ─► runnable.ts ─► listeners, routes, clusters ─► addresses, logs, hosts and attempt counts of ours
//             (taken out,
//              refused)

import type { FilterStub } from '../../core/scenario-record.ts'
import type { RunEndpoint } from '../rewrite.ts'
import type { Json, JsonObject, Resource } from '../xds.ts'
import type { ForeignConfig } from './foreign-config.ts'
import { rewriteBootstrap } from './rewrite-bootstrap.ts'
import { rewriteCluster } from './rewrite-cluster.ts'
import { rewriteListener } from './rewrite-listener.ts'
import { rewriteRoutes } from './rewrite-routes.ts'
import { runnableForeign } from './runnable.ts'

export interface ForeignPlan {
  /** Our hosts, by cluster. */
  readonly endpoints: Readonly<Record<string, readonly RunEndpoint[]>>
  /** Our loopback ports, by listener. */
  readonly ports: Readonly<Record<string, number>>
  readonly stubs: Readonly<Record<string, FilterStub>>
  /** What stands in place of the user's access logs: in the connection manager, and in its router. */
  readonly logsOf: (listener: string) => { readonly access: Json; readonly upstream: Json }
  /** Clusters that are to meet TCP faults: one request a connection. */
  readonly relayed: readonly string[]
  /**
   * The config source of our control plane. Absent: routes are written into the listeners, and discovered hosts into the
   * clusters; then nothing asks a control plane for anything.
   */
  readonly discovery?: JsonObject
}

export interface ForeignForRun {
  /** To be merged over our own bootstrap: runtime layers, overload manager, ... */
  readonly bootstrap: JsonObject
  readonly listeners: readonly Resource[]
  readonly routes: readonly Resource[]
  readonly clusters: readonly Resource[]
  readonly changes: readonly string[]
}

/** @throws InputError that names everything which cannot run here, with its place and what to do */
export function rewriteForeign(config: ForeignConfig, plan: ForeignPlan): ForeignForRun {
  const runnable = runnableForeign(config, plan.stubs)
  const changes = [...runnable.changes]
  const note = (line: string) => void changes.push(line)
  const routes = runnable.routes.map((one) => rewriteRoutes(one, plan.stubs, note))
  const listeners = runnable.listeners.map((one) => rewriteListener(one, { plan, routes, note }))
  const clusters = runnable.clusters.map((one) => rewriteCluster(one, runnable.endpoints, plan, note))
  return {
    bootstrap: rewriteBootstrap(runnable.bootstrap, config.sort, note),
    listeners,
    routes: plan.discovery === undefined ? [] : routes,
    clusters,
    changes,
  }
}
