// A scenario as an environment takes it: its record, what it declares, what it is served, and what its faults will need.

import type { MeshScenario } from '../core/scenario-record.ts'
import type { XdsResources } from '../mesh/compile.ts'
import type { DeclaredPolicy } from '../mesh/policy.ts'

/** A definition, compiled: what is served of it and what it promises. */
export interface CompiledDefinition {
  readonly served: XdsResources
  readonly declared: DeclaredPolicy
}

export interface PreparedScenario extends CompiledDefinition {
  readonly record: MeshScenario
  /** Unique in the run: `s3`. */
  readonly key: string
  /** Clusters that process faults are aimed at. */
  readonly processFaultTargets: readonly string[]
  /** What its `push` faults will serve; clusters that only these name get hosts, too. */
  readonly pushes?: readonly CompiledDefinition[]
}
