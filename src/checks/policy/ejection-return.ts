// Rule `ejection-return`: an ejected host comes back at the first sweep at or after n x base, so within
// [n x base, n x base + interval + tick]. n grows by one with each ejection and shrinks by one with each sweep that finds
// the host healthy; measured on 1.40.0, the first sweep after a return counts or not. Timed by the event log of Envoy's
// outlier detection; the merge window only delays what the load balancer makes of it.

import type { DeclaredOutlier } from '../../mesh/policy.ts'
import { type ClusterContext, declaredAt, lagAround, mainThreadMs, mainThreadSurelyMs } from './breaker-context.ts'
import type { CurrentEjection } from './cluster-health.ts'
import { configLine, type Judgement } from './rule.ts'

export const ejectionReturn = {
  name: 'ejection-return',
  about: 'an ejected host comes back too early, too late or not at all',
} as const

/** Stamps of the event log are whole milliseconds, rounded down. */
const flooredMs = 2

/** Envoy's `eject_time_backoff`, as far as it can be known from outside. */
export interface EjectionCount {
  readonly low: number
  readonly high: number
}

export function nextCount(
  previous: EjectionCount,
  healthyForMs: number,
  outlier: DeclaredOutlier,
  tickMs: number,
): EjectionCount {
  const sweepsMin = Math.max(0, Math.floor(healthyForMs / (outlier.intervalMs + 2 * tickMs + 10)) - 1)
  const sweepsMax = Math.ceil((healthyForMs + 2 * tickMs) / Math.max(1, outlier.intervalMs))
  return { low: Math.max(0, previous.low - sweepsMax) + 1, high: Math.max(0, previous.high - sweepsMin) + 1 }
}

/** @param untilMs when it came back, or, if it did not, until when it was watched */
export function judgeReturn(
  host: string,
  ejection: CurrentEjection,
  untilMs: number,
  returned: boolean,
  context: ClusterContext,
): Judgement {
  const { outlier, count, atMs } = ejection
  if (outlier === undefined || context.pushes.touches(atMs, untilMs)) return 'not-asked'
  const { lagMs, late } = lagAround(context, untilMs)
  const longestMs = (ejections: number) => Math.min(outlier.baseEjectionTimeMs * ejections, outlier.maxEjectionTimeMs)
  const earliestMs = longestMs(count.low) - context.tickMs - flooredMs
  const latestMs =
    longestMs(count.high) + outlier.intervalMs + context.tickMs + flooredMs + Math.max(mainThreadMs, lagMs)
  const outMs = untilMs - atMs
  if (outMs <= latestMs && !returned) return 'not-asked'
  if (outMs <= latestMs && outMs >= earliestMs) return 'kept'
  const proven = outMs > latestMs + mainThreadSurelyMs(lagMs) || outMs < earliestMs - lagMs
  if (late && !proven) return 'late'
  return {
    message: `host ${host} of ${context.name} ${returned ? 'came back' : 'had not come back'} after ${outMs.toFixed(0)} ms`,
    expected: `${earliestMs.toFixed(0)} to ${latestMs.toFixed(0)} ms`,
    observed: `${outMs.toFixed(0)} ms`,
    timed: !proven,
    ...configLine(declaredAt(context, atMs)?.lines, 'baseEjectionTime', 'outlier', 'cluster'),
  }
}
