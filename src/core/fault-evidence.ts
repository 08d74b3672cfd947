// What in a history proves that a fault fired. A planned fault shows as the fault filter's flag on the very attempt that the
// plan meant; Envoy's own dice show as that flag on the target's attempts while they roll; every other fault acts, and
// says so by its injection.

import type { AttemptSeen, PlannedFault } from './history.ts'
import type { FaultRecord } from './scenario-record.ts'

export type Evidence = 'plan' | 'dice' | 'injection'

export type InjectionFlag = 'FI' | 'DI'

const plannedKinds: ReadonlySet<string> = new Set(['abort', 'delay', 'plan'])

export function evidenceOf({ kind, config }: FaultRecord): Evidence {
  if (!plannedKinds.has(kind)) return 'injection'
  const dice = typeof config === 'object' && config !== null && 'dice' in config && config.dice === true
  return dice ? 'dice' : 'plan'
}

/** The response flag of the fault filter that an action leaves: an abort, with a delay before it or not, or a delay. */
function flagOf(planned: PlannedFault): InjectionFlag {
  return planned.status === undefined ? 'DI' : 'FI'
}

/** The attempt went to the cluster, and to the host where only one is meant. */
export function reached(target: { readonly target: string; readonly host?: number }, seen: AttemptSeen): boolean {
  return seen.cluster === target.target && (target.host === undefined || target.host === seen.host)
}

export function fired(planned: PlannedFault, seen: AttemptSeen): boolean {
  return planned.attempt === seen.attempt && reached(planned, seen) && seen.flags.includes(flagOf(planned))
}
