// A mesh config that is not ours, wherever it comes from, taken apart into the same pieces: a static envoy.yaml, a config
// dump, a directory of stored objects or what a control plane serves. All pieces are proto3 JSON with snake_case keys, as
// the user wrote them; nothing is rewritten yet.

import type { ConfigLine } from '../../core/verdict.ts'
import type { JsonObject, Resource } from '../xds.ts'

export interface ForeignConfig {
  readonly sort: 'envoy' | 'configDump' | 'xds' | 'controlPlane'
  /** For messages: a file, a directory, or a command. */
  readonly from: string
  /** `node.cluster`. */
  readonly node: string
  /** The bootstrap without its listeners and clusters; empty where there is none. */
  readonly bootstrap: JsonObject
  readonly listeners: readonly Resource[]
  /** Route configurations that listeners ask for by name (RDS); those written into a listener stay there. */
  readonly routes: readonly Resource[]
  readonly clusters: readonly Resource[]
  /** ClusterLoadAssignments of clusters with discovered hosts. */
  readonly endpoints: readonly Resource[]
  /** What was taken out while reading, a line each: Istio-only filters, for instance. */
  readonly changes: readonly string[]
  /** The place of a piece, by where it stands: `/clusters/0/connect_timeout`, `/routes/1/virtual_hosts/0`, `/listeners/...`. */
  readonly lineOf: (pointer: string) => ConfigLine
}
