// Rule `ejected-host-idle`: an ejected host gets no new attempt until it comes back, but for what was under way, what lies
// in the window in which Envoy merges host changes, and panic routing (below 50 % healthy everybody gets traffic).

import { type ClusterContext, declaredAt, lagAround, mainThreadSurelyMs } from './breaker-context.ts'
import { configLine, type Judgement, nameOf, type WholeRequest } from './rule.ts'

export const ejectedHostIdle = {
  name: 'ejected-host-idle',
  about: 'it is sent to an ejected host',
} as const

const panicBelowRatio = 0.5
/** Stamps of the event log are whole milliseconds, rounded down. */
const flooredMs = 2

export interface Ejection {
  readonly atMs: number
  /** From then on the load balancer surely knows. */
  readonly visibleMs: number
  /** Absent while it lasts. */
  readonly returnedMs?: number
}

/**
 * The first change in a while is taken over at once; one that follows another waits for the merge window. What it follows
 * may itself have been taken over a window late, so a while is two windows.
 */
export function visibleFromMs(atMs: number, changedMs: number, context: ClusterContext): number {
  const mergeWindowMs = declaredAt(context, atMs)?.mergeWindowMs ?? 0
  const lagMs = context.lag.worstMs(atMs, atMs)
  const calm = atMs - changedMs > 2 * (mergeWindowMs + context.tickMs + lagMs)
  return atMs + flooredMs + context.tickMs + lagMs + (calm ? 0 : mergeWindowMs)
}

/** @param outWithin the most hosts that were out within a span */
export function judgeIdle(
  attempt: { readonly host: string; readonly startMs: number; readonly request: WholeRequest },
  ejection: Ejection,
  outWithin: (fromMs: number, toMs: number) => number,
  context: ClusterContext,
): Judgement {
  const { host, startMs, request } = attempt
  if (startMs >= (ejection.returnedMs ?? Number.POSITIVE_INFINITY) - flooredMs) return 'not-asked'
  const declared = declaredAt(context, startMs)
  // The load balancer may route by a view that is this old.
  const viewMs = (declared?.mergeWindowMs ?? 0) + ejection.visibleMs - ejection.atMs
  const healthyRatio = (context.hosts - outWithin(startMs - viewMs, startMs + flooredMs)) / context.hosts
  if (startMs <= ejection.visibleMs || healthyRatio < panicBelowRatio) return 'not-asked'
  const { lagMs, late } = lagAround(context, startMs)
  const proven = startMs > ejection.visibleMs + mainThreadSurelyMs(lagMs)
  if (!context.activity.turned(ejection.visibleMs, startMs) || (late && !proven)) return 'late'
  return {
    message: `${nameOf(request)} was sent to host ${host} of ${context.name}, which was ejected`,
    expected: 'another host',
    observed: `sent ${(startMs - ejection.atMs).toFixed(1)} ms after the ejection`,
    timed: !proven,
    ...configLine(declared?.lines, 'outlier', 'cluster'),
  }
}
