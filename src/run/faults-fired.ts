// Whether every fault of a scenario really fired; one that never did makes whatever else was seen worthless as proof, so the
// scenario is inconclusive. Planned faults must show (their flag, or the rate) on an attempt that the plan meant, dice their flag on the
// target while they rolled, and acting faults their injection with traffic on the target while it lasted.

import { evidenceOf, fired, reached } from '../core/fault-evidence.ts'
import type { AttemptLogged, AttemptSeen, HistoryEvent, PlannedFault } from '../core/history.ts'
import { recentMap } from '../core/recent-map.ts'
import type { FaultRecord, MeshScenario } from '../core/scenario-record.ts'

export interface ProblemFold {
  observe(event: HistoryEvent): void
  /** One sentence a problem. */
  problems(): string[]
  /** There was still something to come, so that the want of it proves nothing. */
  isCutShort?(): boolean
}

export function faultsFired({ faults, upstreams }: MeshScenario, clusters: readonly string[] = []): ProblemFold {
  const isCluster = (target: string) => target in upstreams || clusters.includes(target)
  const folds = faults.map((fault) => {
    const evidence = evidenceOf(fault)
    if (evidence === 'plan') return planned(fault)
    if (evidence === 'injection') return acting(fault, isCluster(fault.target), () => true)
    if (evidence === 'connection') return met(fault)
    if (evidence === 'connect') return acting(fault, true, ({ flags }) => flags.includes('UF'))
    return acting(fault, true, ({ flags }) => flags.includes('FI') || flags.includes('DI'))
  })
  return {
    observe(event) {
      for (const fold of folds) fold.observe(event)
    },
    problems: () => folds.flatMap((fold) => fold.problems()),
  }
}

/** Once it has fired there is nothing more to keep. */
function planned(fault: FaultRecord): ProblemFold {
  const plans = recentMap<readonly PlannedFault[]>()
  const hits = recentMap<AttemptSeen[]>()
  let proven = false
  let plannedCount = 0
  return {
    observe(event) {
      if (proven) return
      if (event.kind === 'request-answered') {
        plans.release(event.id, event.atMs)
        hits.release(event.id, event.atMs)
      } else if (event.kind === 'request-sent') {
        const plan = event.plan.filter((one) => one.fault === fault.name)
        if (plan.length === 0) return
        plannedCount++
        plans.set(event.id, plan)
        proven = (hits.get(event.id) ?? []).some((seen) => plan.some((one) => fired(one, seen)))
      } else if (event.kind === 'attempt-seen' && reached(fault, event) && showsFault(event)) {
        const plan = plans.get(event.id)
        if (plan === undefined) hits.set(event.id, [...(hits.get(event.id) ?? []), event])
        else proven = plan.some((one) => fired(one, event))
      }
    },
    problems() {
      if (proven) return []
      const why =
        plannedCount === 0
          ? 'it was planned for no request'
          : `it was planned for ${plannedCount} requests and seen on none`
      return [`fault "${fault.name}" never fired: ${why}`]
    },
  }
}

function showsFault({ flags, kibPerSecond }: AttemptSeen): boolean {
  return flags.length > 0 || kibPerSecond !== undefined
}

/** A connection at the relay says that it met the fault. */
function met(fault: FaultRecord): ProblemFold {
  let isInjected = false
  let isMet = false
  return {
    observe(event) {
      if (event.kind === 'fault-injected' && event.fault === fault.name) isInjected = true
      else if (event.kind === 'connection-closed' && event.fault === fault.name) isMet = true
    },
    problems() {
      if (!isInjected) return [`fault "${fault.name}" never fired: it was never injected`]
      return isMet ? [] : [`fault "${fault.name}" hit nothing: no connection to ${fault.target} met it`]
    },
  }
}

/** `onTarget`: at least one attempt on the target that `counts` must overlap the time from injection to heal. */
function acting(
  fault: FaultRecord,
  onTarget: boolean,
  counts: (attempt: AttemptSeen | AttemptLogged) => boolean,
): ProblemFold {
  const windows: { readonly fromMs: number; untilMs: number }[] = []
  let touched = false
  return {
    observe(event) {
      if (event.kind === 'fault-injected' && event.fault === fault.name) {
        windows.push({ fromMs: event.atMs, untilMs: Number.POSITIVE_INFINITY })
      } else if (event.kind === 'fault-healed' && event.fault === fault.name) {
        const open = windows.findLast(({ untilMs }) => untilMs === Number.POSITIVE_INFINITY)
        if (open !== undefined) open.untilMs = event.atMs
      } else if (!touched && (event.kind === 'attempt-logged' || event.kind === 'attempt-seen')) {
        if (event.cluster !== fault.target || !counts(event)) return
        touched = windows.some(({ fromMs, untilMs }) => event.startMs <= untilMs && event.atMs >= fromMs)
      }
    },
    problems() {
      if (windows.length === 0) return [`fault "${fault.name}" never fired: it was never injected`]
      if (!onTarget || touched) return []
      return [`fault "${fault.name}" hit nothing: no attempt on ${fault.target} showed it while it lasted`]
    },
  }
}
