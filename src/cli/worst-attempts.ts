// How many attempts a request of a scenario may make while a fault is on, as the packer needs it.

import type { MeshScenario } from '../core/scenario-record.ts'
import { type DeclaredPolicy, matchRoute } from '../mesh/policy.ts'

/** The most that any declared route of the scenario's traffic allows, thinned by a ratio where all faults have one. */
export function worstAttempts(record: MeshScenario, policy: DeclaredPolicy): number {
  const retries = Math.max(0, ...record.traffic.map(({ request }) => matchRoute(policy, request)?.retry?.retries ?? 0))
  const ratios = record.faults.map(({ config }) => (config as { ratio?: number }).ratio ?? 1)
  const ratio = Math.min(
    1,
    ratios.reduce((sum, one) => sum + one, 0),
  )
  return 1 + retries * ratio
}
