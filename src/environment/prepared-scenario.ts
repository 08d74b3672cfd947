// A scenario as an environment takes it: its record, what it declares, what it is served, and what its faults will need.

import type { MeshScenario } from '../core/scenario-record.ts'
import type { XdsResources } from '../mesh/compile.ts'
import type { ForeignConfig } from '../mesh/foreign/foreign-config.ts'
import type { DeclaredPolicy } from '../mesh/policy.ts'

/** A definition, compiled: what is served of it and what it promises. */
export interface CompiledDefinition {
  readonly served: XdsResources
  readonly declared: DeclaredPolicy
}

/** A config that may change while its scenario runs: that of the user's own control plane. */
export interface LiveConfig {
  /** One follower at a time. Calls back at once when it has changed before; returns what ends it. */
  follow(follower: {
    changed(config: CompiledDefinition): void
    /** In words for a person; it goes on. */
    problem(text: string): void
  }): () => void
}

export interface PreparedScenario extends CompiledDefinition {
  readonly record: MeshScenario
  /** Unique in the run: `s3`. */
  readonly key: string
  /** Clusters that process faults are aimed at. */
  readonly processFaultTargets: readonly string[]
  /** Clusters in front of whose hosts a relay stands. */
  readonly relayTargets: readonly string[]
  /** Anything but a service definition: the user's own listeners, and what else is not clusters and routes. */
  readonly foreign?: ForeignConfig
  readonly live?: LiveConfig
  /** What its `push` faults will serve; clusters that only these name get hosts, too. */
  readonly pushes?: readonly CompiledDefinition[]
}
