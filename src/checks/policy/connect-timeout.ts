// Rule `connect-timeout`: a connect that hangs is given up after the declared connect timeout, not before and not after. The
// log has attempts, not connects: when a connect fails, Envoy fails every attempt that waits for that host, so an attempt
// may rightly fail early, at the end of a connect that another had begun. Timed.

import type { AttemptLogged } from '../../core/history.ts'
import type { DeclaredCluster } from '../../mesh/policy.ts'
import { type ClusterContext, type ClusterWatch, declaredAt } from './breaker-context.ts'
import { judgeTimer } from './judge-timer.ts'
import { latenessMaxMs } from './lateness.ts'
import { configLine, type Judgement, nameOf, type WholeRequest } from './rule.ts'
import { drawing } from './timeline.ts'

export const connectTimeout = {
  name: 'connect-timeout',
  about: 'a connect that hangs is given up before or after the declared connect timeout',
} as const

interface Waiter {
  readonly attempt: AttemptLogged
  readonly request: WholeRequest
}

/** A refused connect has a reason, one that timed out has none (measured on 1.40.0). */
function timedOut({ flags, readyMs, failureReason, host }: AttemptLogged): boolean {
  return flags.includes('UF') && readyMs === undefined && failureReason === '' && host !== ''
}

export function watchConnects(context: ClusterContext): ClusterWatch {
  let waiting: Waiter[] = []
  let recent: AttemptLogged[] = []
  return {
    admit(request) {
      for (const attempt of request.attempts) {
        if (attempt.host === '') continue
        recent.push(attempt)
        if (timedOut(attempt)) waiting.push({ attempt, request })
      }
    },
    advance(watermarkMs) {
      const due = waiting.filter(({ attempt }) => attempt.atMs < watermarkMs)
      if (due.length > 0) waiting = waiting.filter(({ attempt }) => attempt.atMs >= watermarkMs)
      for (const waiter of due) {
        context.report(connectTimeout.name, judge(waiter, recent, context), drawing(waiter.request))
      }
      // Whoever began before the oldest that still waits for judgement can explain nothing more.
      const oldestMs = Math.min(watermarkMs, ...waiting.map(({ attempt }) => attempt.startMs))
      const keptMs = (declaredAt(context, watermarkMs)?.connectTimeoutMs ?? 0) + 1000
      recent = recent.filter(({ atMs }) => atMs > oldestMs - keptMs)
    },
  }
}

function judge({ attempt, request }: Waiter, recent: readonly AttemptLogged[], context: ClusterContext): Judgement {
  const { startMs, atMs } = attempt
  const declared = declaredAt(context, startMs)
  if (declared === undefined || context.pushes.touches(startMs, atMs)) return 'not-asked'
  const lagMs = context.lag.worstMs(startMs, atMs)
  const timeoutMs = declared.connectTimeoutMs
  const toleranceMs = context.tickMs + 1 + lagMs
  const latestMs = timeoutMs + toleranceMs
  const ranMs = atMs - startMs
  const judged = judgeTimer({
    ranMs,
    earliestMs: timeoutMs - toleranceMs,
    latestMs,
    fired: true,
    late: lagMs > Math.min(latenessMaxMs, timeoutMs / 4),
    turned: () => context.activity.turned(startMs + latestMs, atMs),
  })
  if (judged === 'kept' || judged === 'late') return judged
  if (judged === 'early' && isAnothers(attempt, recent, timeoutMs, toleranceMs)) return 'kept'
  if (judged === 'over' && waitedForRoom(attempt, recent, declared)) return 'not-asked'
  return {
    message: `attempt ${attempt.attempt} of ${nameOf(request)} was given up ${ranMs.toFixed(1)} ms after its connect began`,
    expected: `${timeoutMs} ms, give or take ${toleranceMs.toFixed(1)} ms`,
    observed: `${ranMs.toFixed(1)} ms`,
    ...configLine(declared.lines, 'connectTimeout', 'cluster'),
  }
}

/**
 * The connect that failed was begun for another attempt, which need not be there any more: it may have left, or have failed
 * with a third one's connect. Envoy begins connects when an attempt starts, or when one ends while others wait.
 */
function isAnothers(
  attempt: AttemptLogged,
  recent: readonly AttemptLogged[],
  timeoutMs: number,
  toleranceMs: number,
): boolean {
  const beganMs = attempt.atMs - timeoutMs
  const isThen = (atMs: number) => Math.abs(atMs - beganMs) <= toleranceMs
  return recent.some(
    (other) => other !== attempt && other.host === attempt.host && (isThen(other.startMs) || isThen(other.atMs)),
  )
}

/** As many connections as declared were in use, so that its connect began late. */
function waitedForRoom(attempt: AttemptLogged, recent: readonly AttemptLogged[], declared: DeclaredCluster): boolean {
  const { startMs } = attempt
  const busy = recent.filter(
    ({ readyMs, atMs }) => readyMs !== undefined && readyMs <= startMs + 1 && atMs >= startMs - 1,
  )
  return busy.length >= declared.breakers.maxConnections
}
