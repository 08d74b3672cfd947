// What in a history proves that a fault fired. A planned fault shows as the fault filter's flag on the very attempt that the
// plan meant, and a limited rate, which has no flag, as what the filter was told about it; Envoy's own dice show as that flag on the target's attempts while they roll; every other fault acts, and
// says so by its injection.

import type { AttemptSeen, PlannedFault } from './history.ts'
import type { FaultRecord } from './scenario-record.ts'

/** `connect`: attempts that got no connection; `connection`: connections at the relay that say they met it. */
export type Evidence = 'plan' | 'dice' | 'injection' | 'connect' | 'connection'

export type InjectionFlag = 'FI' | 'DI'

const plannedKinds: ReadonlySet<string> = new Set(['abort', 'delay', 'plan', 'throughput'])

const portKinds: ReadonlySet<string> = new Set(['refuse', 'black-hole'])
const ofConnections = ['reset', 'hang', 'slow-body', 'cut-body', 'bandwidth', 'refuse-stream']
const connectionKinds: ReadonlySet<string> = new Set(ofConnections)

export function evidenceOf({ kind, config }: FaultRecord): Evidence {
  if (portKinds.has(kind)) return 'connect'
  if (connectionKinds.has(kind)) return 'connection'
  if (!plannedKinds.has(kind)) return 'injection'
  const dice = typeof config === 'object' && config !== null && 'dice' in config && config.dice === true
  return dice ? 'dice' : 'plan'
}

/** The response flag of the fault filter that an action leaves: an abort, with a delay before it or not, or a delay. */
function flagOf(planned: PlannedFault): InjectionFlag | undefined {
  if (planned.status !== undefined || planned.grpcStatus !== undefined) return 'FI'
  return planned.delayMs === undefined ? undefined : 'DI'
}

/** Of several rates the slowest holds. */
function isSlowed({ kibPerSecond = 0 }: PlannedFault, seen: AttemptSeen): boolean {
  return seen.kibPerSecond !== undefined && seen.kibPerSecond <= kibPerSecond
}

/** The attempt went to the cluster, and to the host where only one is meant. */
export function reached(target: { readonly target: string; readonly host?: number }, seen: AttemptSeen): boolean {
  return seen.cluster === target.target && (target.host === undefined || target.host === seen.host)
}

export function fired(planned: PlannedFault, seen: AttemptSeen): boolean {
  if (planned.attempt !== seen.attempt || !reached(planned, seen)) return false
  const flag = flagOf(planned)
  return flag === undefined ? isSlowed(planned, seen) : seen.flags.includes(flag)
}
