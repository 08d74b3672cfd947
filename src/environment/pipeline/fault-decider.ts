// Decides what happens to each call and each invocation of a pipeline's scenario: a pure function of the seed, of what is
// called and how often that was seen, so two runs with one seed meet the same faults. Delays of several faults add up; of
// what else they do, the first one that acts wins.

import type { FaultKind } from '../../core/fault.ts'
import type { CallAction, CallSeen, InvocationAction, InvocationSeen, Rolls } from '../../core/pipeline-fault.ts'
import { decide } from '../../core/random.ts'
import type { FaultRecord, PipelineScenario } from '../../core/scenario-record.ts'
import { formatMs } from '../../core/units.ts'
import { type FaultTarget, faultTarget, hitsCall, hitsInvocation } from './fault-target.ts'

export { targetProblem } from './fault-target.ts'

export interface Decision<Action> {
  readonly action: Action
  /** The fault that acts, `<fault>:<experiment>` where it has experiments. */
  readonly fault: string
  /** What it does, in words; names further faults whose delays were added. */
  readonly detail: string
}

export interface FaultDecider {
  decideCall(call: Omit<CallSeen, 'occurrence'>): Decision<CallAction> | undefined
  decideInvocation(invocation: Omit<InvocationSeen, 'occurrence'>): Decision<InvocationAction> | undefined
}

export interface FaultDeciderOptions {
  readonly scenario: PipelineScenario
  readonly kinds: readonly FaultKind[]
  readonly seed: string
  /** Since the scenario's start. */
  readonly elapsedMs: () => number
}

interface Planned {
  readonly fault: FaultRecord
  readonly kind: FaultKind
  readonly target: FaultTarget
}

export function faultDecider({ scenario, kinds, seed, elapsedMs }: FaultDeciderOptions): FaultDecider {
  const planned = scenario.faults.flatMap((fault): readonly Planned[] => {
    const kind = kinds.find(({ name }) => name === fault.kind)
    return kind === undefined ? [] : [{ fault, kind, target: faultTarget(fault.target) }]
  })
  const calls = occurrences()
  const invocations = occurrences()
  const open = () => {
    const nowMs = elapsedMs()
    return planned.filter(({ fault }) => fault.fromMs <= nowMs && nowMs < fault.untilMs)
  }
  const rollsOf = (fault: FaultRecord, what: readonly string[], occurrence: number): Rolls => ({
    each: () => decide(seed, scenario.name, fault.name, ...what, occurrence),
    object: () => decide(seed, scenario.name, fault.name, ...what),
  })
  return {
    decideCall(call) {
      const what = [call.function, `${call.service}.${call.operation}`, call.objects.join('\n')]
      const seen = { ...call, occurrence: calls.next(what.join('\n')) }
      return combined(
        open()
          .filter(({ target }) => hitsCall(target, call))
          .map(({ fault, kind }) => ({
            fault,
            action: kind.planCall?.(fault.config, seen, rollsOf(fault, what, seen.occurrence)),
          })),
      )
    },
    decideInvocation(invocation) {
      const what = [invocation.function, 'invocation', invocation.objects.join('\n')]
      const seen = { ...invocation, occurrence: invocations.next(what.join('\n')) }
      return combined(
        open()
          .filter(({ target }) => hitsInvocation(target, invocation.function))
          .map(({ fault, kind }) => ({
            fault,
            action: kind.planInvocation?.(fault.config, seen, rollsOf(fault, what, seen.occurrence)),
          })),
      )
    },
  }
}

/** What no more than this many calls have been seen of is counted; beyond, the oldest are forgotten. */
const countedMax = 500_000

function occurrences() {
  const seen = new Map<string, number>()
  return {
    /** Counts from 1. */
    next(key: string): number {
      const count = (seen.get(key) ?? 0) + 1
      seen.set(key, count)
      const [oldest] = seen.keys()
      if (seen.size > countedMax && oldest !== undefined) seen.delete(oldest)
      return count
    },
  }
}

interface Acting<Action> {
  readonly fault: FaultRecord
  readonly action: Action | undefined
}

function combined<Action extends CallAction | InvocationAction>(
  all: readonly Acting<Action>[],
): Decision<Action> | undefined {
  const acting = all.flatMap(({ fault, action }) =>
    action === undefined ? [] : [{ fault, action, name: nameOf(fault, action) }],
  )
  const first = acting.find(({ action }) => beyondDelay(action) !== '')
  const shown = first ?? acting[0]
  if (shown === undefined) return undefined
  const delayMs = acting.reduce((sum, { action }) => sum + (action.delayMs ?? 0), 0)
  const late = acting.filter(({ action }) => action.delayMs !== undefined).map(({ name }) => name)
  const others = late.filter((name) => name !== shown.name)
  const inWords = [
    delayMs > 0 ? `${formatMs(delayMs)} late${others.length > 0 ? ` (${late.join(', ')})` : ''}` : '',
    first === undefined ? '' : beyondDelay(first.action),
  ]
  return {
    action: delayMs > 0 ? { ...shown.action, delayMs } : shown.action,
    fault: shown.name,
    detail: inWords.filter((words) => words !== '').join(', '),
  }
}

function nameOf(fault: FaultRecord, action: CallAction | InvocationAction): string {
  return action.experiment === undefined ? fault.name : `${fault.name}:${action.experiment}`
}

/** In words, what an action does besides a delay; empty when it does nothing else. */
function beyondDelay(action: CallAction & InvocationAction): string {
  if (action.throttle === true) return 'throttled'
  if (action.status !== undefined) return `answered with ${action.status}`
  if (action.reset !== undefined) return action.reset === 'before' ? 'connection reset' : 'response lost'
  if (action.crash !== undefined) return `process killed ${action.crash}`
  if (action.refuseEntries !== undefined) return `entries refused: ${action.refuseEntries.slice(0, 20).join(', ')}`
  if (action.cutBodyRatio !== undefined) return `body cut at ${Math.round(action.cutBodyRatio * 100)} %`
  if (action.bodyBytesPerSecond !== undefined) return `body at ${action.bodyBytesPerSecond} bytes/s`
  if (action.timeout === true) return 'answer withheld until the timeout'
  if (action.duplicates !== undefined) return `delivered ${action.duplicates + 1} times`
  return ''
}
