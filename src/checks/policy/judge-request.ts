// Puts the questions of all request rules about one whole request, with the policy that was declared when it was sent, and
// counts what could not be judged. It decides nothing itself.

import type { Activity } from './activity.ts'
import { answer } from './answer.ts'
import { attempts } from './attempts.ts'
import { backOff } from './back-off.ts'
import { hostHeader } from './host-header.ts'
import { latenessLimitMs, latenessMs, type MachineLag } from './lateness.ts'
import { perTryTimeout } from './per-try-timeout.ts'
import { protocol } from './protocol.ts'
import type { PushWindows } from './push-windows.ts'
import { retryMissing } from './retry-missing.ts'
import { retryReason } from './retry-reason.ts'
import { declaredRouteOf, judgeRoute, route } from './route.ts'
import { routeTimeout } from './route-timeout.ts'
import type { Around, Report, RequestRule, WholeRequest } from './rule.ts'
import { drawing } from './timeline.ts'

export const requestRules: readonly RequestRule[] = [
  hostHeader,
  protocol,
  attempts,
  retryReason,
  retryMissing,
  backOff,
  perTryTimeout,
  routeTimeout,
  answer,
]
/** How many requests were looked at, and why some could not be judged. */
export interface Seen {
  requests: number
  attempts: number
  /** Asked by timed rules. */
  timed: number
  /** The machine was too slow around them. */
  late: number
  /** A timer was late, but nothing proves that Envoy itself was not kept waiting. */
  unproven: number
  /** Met a config push. */
  pushed: number
  /** The client gave up before Envoy heard of them. */
  unheard: number
  /** Under way when the run was cut off. */
  unfinished: number
  /** Their history has a gap. */
  broken: number
}

export function nothingSeen(): Seen {
  return { requests: 0, attempts: 0, timed: 0, late: 0, unproven: 0, pushed: 0, unheard: 0, unfinished: 0, broken: 0 }
}

export interface JudgeContext {
  readonly pushes: PushWindows
  readonly lag: MachineLag
  readonly envoy: Activity
  readonly report: Report
  readonly seen: Seen
  readonly tickMs: number
  hostsOf(cluster: string): number
}

export function requestJudge(context: JudgeContext): (request: WholeRequest) => void {
  const { pushes, report, seen } = context
  return (request) => {
    seen.requests++
    seen.attempts += request.attempts.length
    const { sent, logged, answered } = request
    if (pushes.touches(sent.atMs, Math.max(logged.atMs, answered.atMs))) {
      seen.pushed++
      return
    }
    const draw = drawing(request)
    const routed = judgeRoute(request, pushes.policyAt(sent.atMs))
    report(route.name, routed, draw)
    // A request that went elsewhere cannot be held to the policy of the place where it should have gone.
    const around = routed === 'kept' ? aroundOf(request, context) : undefined
    if (around === undefined) return
    seen.timed++
    let unproven = false
    for (const rule of requestRules) {
      const judgement = rule.judge(request, around)
      if (judgement === 'late') unproven = true
      report(rule.name, judgement, draw)
    }
    if (around.late) seen.late++
    else if (unproven) seen.unproven++
  }
}

/** Nothing where no route is declared: then there is no policy either. */
function aroundOf(request: WholeRequest, context: JudgeContext): Around | undefined {
  const { pushes, lag, envoy, tickMs, hostsOf } = context
  const declared = pushes.policyAt(request.sent.atMs)
  const declaredRoute = declaredRouteOf(request, declared)
  if (declaredRoute === undefined) return undefined
  const cluster = declared.clusters.find((one) => one.name === declaredRoute.cluster)
  const lateMs = latenessMs(request, lag)
  return {
    route: declaredRoute,
    cluster,
    tickMs,
    latenessMs: lateMs,
    late: lateMs > latenessLimitMs(declaredRoute, cluster),
    turned: envoy.turned,
    hosts: hostsOf(declaredRoute.cluster),
    endpointsPushed: pushes.endpointsPushedBefore(request.logged.atMs),
  }
}
