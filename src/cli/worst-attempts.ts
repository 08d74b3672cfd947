// How many attempts a request of a scenario may make while a fault is on, as the packer needs it.

import type { MeshScenario } from '../core/scenario-record.ts'
import { type DeclaredPolicy, matchRoute } from '../mesh/policy.ts'

/** What these do makes no attempt fail: hosts that leave go on with what they have, answers at a limited rate come. */
const harmless: ReadonlySet<string> = new Set(['leave', 'throughput', 'bandwidth'])

/**
 * The most that any declared route of the scenario's traffic allows, thinned by a ratio where all faults have one. Faults of
 * the control plane cause no retries: Envoy goes on with the config that it has.
 */
export function worstAttempts(record: MeshScenario, policy: DeclaredPolicy): number {
  const retries = Math.max(0, ...record.traffic.map(({ request }) => matchRoute(policy, request)?.retry?.retries ?? 0))
  const harmful = record.faults.filter(({ target, kind }) => target !== 'control-plane' && !harmless.has(kind))
  const ratios = harmful.map(({ config }) => (config as { ratio?: number }).ratio ?? 1)
  const ratio = Math.min(
    1,
    ratios.reduce((sum, one) => sum + one, 0),
  )
  return 1 + retries * ratio
}
