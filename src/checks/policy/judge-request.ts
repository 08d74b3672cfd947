// Puts the questions of all request rules about one whole request, with the policy that was declared when it was sent, and
// counts what could not be judged. It decides nothing itself.

import type { TrafficRecord } from '../../core/scenario-record.ts'
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
import { judgeRoute, route } from './route.ts'
import { routeTimeout } from './route-timeout.ts'
import { routing, type TakenRoute } from './routing.ts'
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
  /** A timed rule had to leave them aside, because the machine was too slow around them. */
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
  /** Their route can do what the policy model does not know. */
  unmodelled: number
  /** What that is, and of how many requests. */
  readonly reasons: Map<string, number>
}

export function nothingSeen(): Seen {
  const judged = { requests: 0, attempts: 0, timed: 0, late: 0, unproven: 0, pushed: 0, unheard: 0, unfinished: 0 }
  return { ...judged, broken: 0, unmodelled: 0, reasons: new Map() }
}

export interface JudgeContext {
  readonly pushes: PushWindows
  readonly lag: MachineLag
  readonly envoy: Activity
  readonly report: Report
  readonly seen: Seen
  readonly tickMs: number
  /** Of the scenario: what a request brings, and where it enters. */
  readonly traffic: readonly TrafficRecord[]
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
    const routed = routing(request, pushes.policyAt(sent.atMs), context.traffic)
    if (routed.kind === 'unmodelled') note(seen, routed.why)
    const judged = judgeRoute(request, routed)
    report(route.name, judged, draw)
    // A request that went elsewhere cannot be held to the policy of the place where it should have gone.
    if (routed.kind !== 'taken' || judged !== 'kept') return
    const around = aroundOf(request, routed, context)
    seen.timed++
    let unproven = false
    for (const rule of requestRules) {
      const judgement = rule.judge(request, around)
      if (judgement === 'late') unproven = true
      report(rule.name, judgement, draw)
    }
    // A request that no timed rule had to leave aside was judged whole, however late the machine was.
    if (unproven && around.late) seen.late++
    else if (unproven) seen.unproven++
  }
}

function note(seen: Seen, why: string): void {
  seen.unmodelled++
  seen.reasons.set(why, (seen.reasons.get(why) ?? 0) + 1)
}

function aroundOf(request: WholeRequest, taken: TakenRoute, context: JudgeContext): Around {
  const { pushes, lag, envoy, tickMs, hostsOf } = context
  const declared = pushes.policyAt(request.sent.atMs)
  const cluster = declared.clusters.find((one) => one.name === taken.cluster)
  const lateMs = latenessMs(request, lag)
  return {
    route: taken.route,
    taken,
    cluster,
    tickMs,
    latenessMs: lateMs,
    late: lateMs > latenessLimitMs(taken.route, cluster),
    turned: envoy.turned,
    hosts: hostsOf(taken.cluster),
    endpointsPushed: pushes.endpointsPushedBefore(request.logged.atMs),
  }
}
