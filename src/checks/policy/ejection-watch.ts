// Follows the hosts of one cluster through attempts and through the event log of Envoy's outlier detection, in order of
// time, and puts the questions of the four ejection rules. A push of the cluster resets all of it, as it does in Envoy.

import type { HostEjected } from '../../core/history.ts'
import {
  type ClusterContext,
  type ClusterWatch,
  declaredAt,
  lagAround,
  mainThreadMs,
  mainThreadSurelyMs,
} from './breaker-context.ts'
import { clusterHealth, type FailureKind, type HostHealth, resetRuns } from './cluster-health.ts'
import { ejectedHostIdle, judgeIdle, visibleFromMs } from './ejected-host-idle.ts'
import { type Due, dueWithinMs, ejectionDue, isEnforced, judgeDue } from './ejection-due.ts'
import { ejectionReason, evidenceMs, judgeReason } from './ejection-reason.ts'
import { ejectionReturn, judgeReturn, nextCount } from './ejection-return.ts'
import { exactMs, type FailureRun } from './failure-run.ts'
import { type Outcome, outcomesOf } from './outcome.ts'
import type { WholeRequest } from './rule.ts'
import { type Moment, sweep } from './sweep.ts'
import { drawing } from './timeline.ts'

/** An event's stamp is rounded down to whole milliseconds, so it is looked at after the attempts of that time ... */
const eventAfterMs = 2
/** ... and attempts that start are looked at after the events. */
const startAfterMs = 3
/** How many hosts are out is known to this. */
const outExactMs = 3 + mainThreadMs
const kinds = ['gateway', 'five'] as const

export interface EjectionWatch extends ClusterWatch {
  event(event: HostEjected): void
  /** @param endMs when the scenario ended, if it did */
  end(endMs: number | undefined): void
}

type HealthMoment = Moment &
  (
    | { readonly kind: 'outcome'; readonly host: string; readonly outcome: Outcome; readonly request: WholeRequest }
    | { readonly kind: 'event'; readonly event: HostEjected }
    | { readonly kind: 'start'; readonly host: string; readonly startMs: number; readonly request: WholeRequest }
  )

export function watchEjections(context: ClusterContext): EjectionWatch {
  const { pushes } = context
  const follow = follower(context)
  let epoch: number | undefined
  const line = sweep<HealthMoment>((moment) => {
    const now = pushes.epochAt(moment.atMs)
    if (now !== epoch) follow.startOver(moment.atMs)
    epoch = now
    follow.settleDues(moment.atMs - startAfterMs)
    if (moment.kind === 'outcome') follow.outcome(moment.host, moment.outcome, moment.request)
    else if (moment.kind === 'event') follow.event(moment.event)
    else follow.start(moment)
  })
  return {
    admit(request) {
      for (const attempt of request.attempts) {
        const { host, startMs } = attempt
        if (host === '') continue
        line.add({ kind: 'start', atMs: startMs + startAfterMs, order: 2, host, startMs, request })
        for (const outcome of outcomesOf(attempt, request.logged, attempt === request.attempts.at(-1))) {
          line.add({ kind: 'outcome', atMs: outcome.atMs, order: 0, host, outcome, request })
        }
      }
    },
    event: (event) => line.add({ kind: 'event', atMs: event.atMs + eventAfterMs, order: 1, event }),
    advance: (watermarkMs) => line.advance(watermarkMs),
    end(endMs) {
      if (endMs !== undefined) follow.end(endMs)
    },
  }
}

/** The state of a cluster's hosts, and what each kind of moment does to it. */
function follower(context: ClusterContext) {
  const { tickMs, pushes, report } = context
  const health = clusterHealth()
  let dues: readonly Due[] = []
  let met = new Map<Due, number>()

  const outlierAt = (atMs: number) => declaredAt(context, atMs)?.outlier

  function outcome(host: string, { five, gateway, atMs }: Outcome, request: WholeRequest): void {
    const outlier = outlierAt(atMs)
    const state = health.hostAt(host, outlier)
    if (outlier === undefined || state.runs === undefined) return
    const outcomes = { gateway, five }
    if (state.ejection !== undefined) {
      // In a panic, or under way since before: Envoy goes on counting, and its counter stays as it is at the return.
      for (const kind of kinds) state.runs[kind].add(outcomes[kind] === 'bad' ? 'unsure' : outcomes[kind], atMs)
      return
    }
    for (const kind of kinds) {
      // A success so near may have been counted before the failure that made the ejection due.
      if (outcomes[kind] === 'good') forgive(host, kind, atMs - exactMs)
      if (state.runs[kind].add(outcomes[kind], atMs) !== 'sure' || !isEnforced(outlier, kind)) continue
      const { lagMs, late } = lagAround(context, atMs)
      const untilMs = atMs + dueWithinMs(tickMs, lagMs)
      dues = [
        ...dues,
        { host, kind, atMs, untilMs, surelyMs: untilMs + mainThreadSurelyMs(lagMs), late, outlier, request },
      ]
    }
  }

  function forgive(host: string, kind: FailureKind, sinceMs: number): void {
    dues = dues.filter((due) => due.host !== host || due.kind !== kind || due.atMs < sinceMs || met.has(due))
  }

  function event(event: HostEjected): void {
    const state = health.hostAt(event.host, outlierAt(event.atMs))
    if (event.kind === 'host-returned') returned(event, state)
    else if (!event.enforced) runOf(state, event)?.reset(event.atMs)
    else if (state.ejection === undefined) ejected(event, state)
  }

  function ejected(event: HostEjected, state: HostHealth): void {
    const { atMs, host } = event
    const outlier = outlierAt(atMs)
    const possible = { five: isPossible(state.runs?.five, atMs), gateway: isPossible(state.runs?.gateway, atMs) }
    if (!pushes.touches(atMs, atMs)) {
      report(ejectionReason.name, judgeReason(event, possible, health.outNow(), context))
    }
    for (const due of dues) {
      if (due.host === host && atMs >= due.atMs - startAfterMs && !met.has(due)) met.set(due, atMs)
    }
    const healthyForMs = atMs - (state.previous?.returnedMs ?? atMs)
    state.count = outlier === undefined ? { low: 1, high: 1 } : nextCount(state.count, healthyForMs, outlier, tickMs)
    const visibleMs = visibleFromMs(atMs, health.changedMs(), context)
    state.ejection = { atMs, visibleMs, count: state.count, outlier }
    resetRuns(state, atMs)
    health.setOut(atMs, health.outNow() + 1)
  }

  function returned({ atMs, host }: HostEjected, state: HostHealth): void {
    const { ejection } = state
    if (ejection === undefined) return
    report(ejectionReturn.name, judgeReturn(host, ejection, atMs, true, context))
    // Each ejection is one look, else a host that rightly got nothing would count as nothing to look at.
    if (!pushes.touches(ejection.atMs, atMs)) report(ejectedHostIdle.name, 'kept')
    state.previous = { atMs: ejection.atMs, visibleMs: ejection.visibleMs, returnedMs: atMs }
    state.ejection = undefined
    health.setOut(atMs, Math.max(0, health.outNow() - 1))
  }

  function start(attempt: { host: string; startMs: number; request: WholeRequest }): void {
    const { host, startMs, request } = attempt
    const { ejection, previous } = health.hostAt(host, outlierAt(startMs))
    const asked = [ejection, previous].find((one) => one !== undefined && startMs >= one.atMs)
    if (asked === undefined || pushes.touches(startMs, startMs)) return
    report(ejectedHostIdle.name, judgeIdle(attempt, asked, health.outWithin, context), drawing(request))
  }

  /** A due is settled when it was met, when no machine is so slow any more, or at the end. */
  function settleDues(nowMs: number, atEnd = false): void {
    if (dues.length === 0) return
    const isSettled = (due: Due) => (atEnd || met.has(due) ? due.untilMs : due.surelyMs) < nowMs
    for (const due of dues.filter(isSettled)) {
      if (pushes.touches(due.atMs, due.untilMs)) continue
      const out = health.outWithin(due.atMs - outExactMs, due.atMs + outExactMs)
      report(ejectionDue.name, judgeDue(due, { atMs: met.get(due), nowMs }, out, context), drawing(due.request))
    }
    dues = dues.filter((due) => !isSettled(due))
    met = new Map([...met].filter(([due]) => dues.includes(due)))
  }

  function startOver(atMs: number): void {
    health.startOver(atMs)
    dues = []
    met = new Map()
  }

  function end(endMs: number): void {
    settleDues(endMs, true)
    for (const [host, { ejection }] of health.hosts()) {
      if (ejection !== undefined) report(ejectionReturn.name, judgeReturn(host, ejection, endMs, false, context))
    }
  }

  return { outcome, event, start, settleDues, startOver, end }
}

function runOf(state: HostHealth, event: HostEjected): FailureRun | undefined {
  if (event.reason === 'CONSECUTIVE_5XX') return state.runs?.five
  return event.reason === 'CONSECUTIVE_GATEWAY_FAILURE' ? state.runs?.gateway : undefined
}

function isPossible(run: FailureRun | undefined, atMs: number): boolean {
  return run !== undefined && run.possibleAtMs() >= atMs - evidenceMs
}
