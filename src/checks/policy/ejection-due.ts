// Rule `ejection-due`: a host that fails as often in a row as declared is ejected there and then, if ejections are
// enforced and `max_ejection_percent` leaves room for one more. Timed by the event log of Envoy's outlier detection.

import type { DeclaredOutlier } from '../../mesh/policy.ts'
import { type ClusterContext, declaredAt, mainThreadMs } from './breaker-context.ts'
import type { FailureKind } from './cluster-health.ts'
import { configLine, type Judgement, nameOf, type WholeRequest } from './rule.ts'

export const ejectionDue = {
  name: 'ejection-due',
  about: 'a host that failed often enough in a row is not ejected',
} as const

/** A host reached the threshold for certain; until `untilMs` its ejection may be logged. */
export interface Due {
  readonly host: string
  readonly kind: FailureKind
  readonly atMs: number
  readonly untilMs: number
  /** No machine is so slow that it is logged after this. */
  readonly surelyMs: number
  /** The machine was too slow just then. */
  readonly late: boolean
  readonly outlier: DeclaredOutlier
  /** The last failure. */
  readonly request: WholeRequest
}

/** Envoy's rule, measured: with 10 % and three hosts nobody ever is ejected. */
export function hasRoomToEject(outlier: DeclaredOutlier, out: number, hosts: number): boolean {
  return ((out + 1) / hosts) * 100 <= outlier.maxEjectionPercent + 1e-9
}

/** Envoy enforces by a dice roll, so an ejection is due only where it is certain. */
export function isEnforced(outlier: DeclaredOutlier, kind: FailureKind): boolean {
  return (kind === 'five' ? outlier.enforcingConsecutive5xx : outlier.enforcingConsecutiveGatewayFailure) >= 100
}

/** After the last failure the event may be logged this much later. */
export function dueWithinMs(tickMs: number, lagMs: number): number {
  return 2 + tickMs + Math.max(mainThreadMs, lagMs)
}

/** What became of it until `nowMs`. */
export interface Met {
  /** When the host was ejected, if it was. */
  readonly atMs: number | undefined
  readonly nowMs: number
}

/** @param out the most hosts that were out around the last failure */
export function judgeDue(due: Due, met: Met, out: number, context: ClusterContext): Judgement {
  const { host, kind, atMs, untilMs, surelyMs, late, outlier, request } = due
  if (met.atMs !== undefined && met.atMs <= untilMs) return 'kept'
  if (!hasRoomToEject(outlier, out, context.hosts)) return 'not-asked'
  const proven = (met.atMs ?? met.nowMs) > surelyMs
  if (late && !proven) return 'late'
  const threshold = kind === 'five' ? outlier.consecutive5xx : outlier.consecutiveGatewayFailure
  const line = kind === 'five' ? 'consecutive5xx' : 'consecutiveGatewayFailure'
  return {
    message: `host ${host} of ${context.name} failed ${threshold} times in a row and was not ejected`,
    expected: `ejected at the failure of ${nameOf(request)}`,
    observed: `no ejection within ${((met.atMs ?? met.nowMs) - atMs).toFixed(1)} ms`,
    timed: !proven,
    ...configLine(declaredAt(context, atMs)?.lines, line, 'outlier', 'cluster'),
  }
}
