// Rule `ejection-reason`: a host is ejected only after as many failures in a row as declared, of the kind that Envoy
// names, and only while `max_ejection_percent` leaves room; without declared outlier detection never. Ejections by
// success rate are believed where they are declared and there are enough hosts, because their statistics are not modelled.

import type { HostEjected } from '../../core/history.ts'
import type { DeclaredOutlier } from '../../mesh/policy.ts'
import { type ClusterContext, declaredAt, lagAround } from './breaker-context.ts'
import type { FailureKind } from './cluster-health.ts'
import { hasRoomToEject } from './ejection-due.ts'
import { configLine, type Judgement } from './rule.ts'

export const ejectionReason = {
  name: 'ejection-reason',
  about: 'a host is ejected without a declared reason',
} as const

/**
 * A streak this much before an event may be its reason, however far the main thread lagged behind. It may be generous,
 * because an ejection for a shorter streak finds no longer one before it.
 */
export const evidenceMs = 250

/** For which kinds of failure the streak was possibly long enough just then. */
export type Possible = Readonly<Record<FailureKind, boolean>>

interface Unfounded {
  readonly expected: string
  /** Key of the config line. */
  readonly line: string
}

/** @param out hosts that were out already */
export function judgeReason(event: HostEjected, possible: Possible, out: number, context: ClusterContext): Judgement {
  const declared = declaredAt(context, event.atMs)
  const unfounded = unfoundedEjection(event, declared?.outlier, possible, out, context.hosts)
  if (unfounded === undefined) return 'kept'
  // A streak that long before it is looked at (`evidenceMs`); a stall that nears this may hide the reason.
  if (lagAround(context, event.atMs).lagMs > evidenceMs / 2) return 'late'
  return {
    message: `host ${event.host} of ${context.name} was ejected (${event.reason}) without a declared reason`,
    expected: unfounded.expected,
    observed: `ejection number ${event.ejections}, ${out} of ${context.hosts} hosts were out already`,
    ...configLine(declared?.lines, unfounded.line, 'outlier', 'cluster'),
  }
}

function unfoundedEjection(
  event: HostEjected,
  outlier: DeclaredOutlier | undefined,
  possible: Possible,
  out: number,
  hosts: number,
): Unfounded | undefined {
  if (outlier === undefined) return { expected: 'no outlier detection, so no ejection', line: 'cluster' }
  const unfounded = unfoundedReason(event.reason, outlier, possible, hosts)
  if (unfounded !== undefined) return unfounded
  if (hasRoomToEject(outlier, out, hosts)) return undefined
  return { expected: `at most ${outlier.maxEjectionPercent} % of ${hosts} hosts ejected`, line: 'maxEjectionPercent' }
}

function unfoundedReason(
  reason: string,
  outlier: DeclaredOutlier,
  possible: Possible,
  hosts: number,
): Unfounded | undefined {
  if (reason === 'CONSECUTIVE_5XX') {
    if (outlier.enforcingConsecutive5xx === 0) return { expected: 'not enforced', line: 'enforcingConsecutive5xx' }
    const expected = `${outlier.consecutive5xx} failures in a row`
    return possible.five ? undefined : { expected, line: 'consecutive5xx' }
  }
  if (reason === 'CONSECUTIVE_GATEWAY_FAILURE') {
    const line = 'enforcingConsecutiveGatewayFailure'
    if (outlier.enforcingConsecutiveGatewayFailure === 0) return { expected: 'not enforced', line }
    const expected = `${outlier.consecutiveGatewayFailure} gateway failures in a row`
    return possible.gateway ? undefined : { expected, line: 'consecutiveGatewayFailure' }
  }
  if (reason === 'SUCCESS_RATE') {
    if (outlier.enforcingSuccessRate === 0) return { expected: 'not enforced', line: 'enforcingSuccessRate' }
    const expected = `${outlier.successRateMinimumHosts} hosts before success rates are compared`
    return hosts >= outlier.successRateMinimumHosts ? undefined : { expected, line: 'successRateMinimumHosts' }
  }
  return { expected: 'ejections for declared reasons only', line: 'outlier' }
}
