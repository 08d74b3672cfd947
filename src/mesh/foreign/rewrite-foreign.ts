// The changes that let a foreign config run on loopback, and nothing else. Each change is a line for a person to read; what
// cannot run here is refused by name.

import type { FilterStub } from '../../core/scenario-record.ts'
import type { RunEndpoint } from '../rewrite.ts'
import type { Json, JsonObject, Resource } from '../xds.ts'
import type { ForeignConfig } from './foreign-config.ts'

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
  const { bootstrap, listeners, routes, clusters } = config
  return { bootstrap, listeners, routes, clusters, changes: [...config.changes, ...plan.relayed] }
}
