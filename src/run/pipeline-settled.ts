// Knows from the events when a pipeline has come to rest: every line is delivered or parked, and no function works on
// anything any more, duplicates included. What was lost never comes, so when nothing is known to be under way and nothing
// has happened for a while, the waiting ends, too; what that means is for the ledger to say.

import { monotonicMs } from '../core/clock.ts'
import type { NewEvent } from '../core/history.ts'
import { invocationsUnderWay } from './invocations-under-way.ts'
import { lineDebts } from './line-debts.ts'
import type { Settling } from './settled.ts'

export interface PipelineSettlingOptions {
  /** A second consumer is to hear of every object. */
  readonly fanOut?: boolean
  /** What is owed is waited for so long after the last event when nothing is under way. Default 6000. */
  readonly quietMs?: number
  /** Retries to come and records in the lanes are believed in so long after the last event. Default 10,000. */
  readonly stuckMs?: number
  readonly nowMs?: () => number
}

/** Longer than the ledger believes in a function that was asked for and has not begun: what is owed then is lost for sure. */
const quietMsDefault = 6_000
const stuckMsDefault = 10_000

/** Kinds that are no sign of life of the pipeline. */
const otherKinds: ReadonlySet<NewEvent['kind']> = new Set(['heartbeat', 'log-line', 'scenario-started'])

/**
 * `missing()` changes with time, so who waits for it asks again also when no event comes. In words, for instance
 * `12 lines of 3 objects not yet delivered or parked; main is working on 2`.
 */
export function pipelineSettling(options: PipelineSettlingOptions = {}): Settling {
  const { fanOut = false, quietMs = quietMsDefault, stuckMs = stuckMsDefault, nowMs = monotonicMs } = options
  const debts = lineDebts()
  const underWay = invocationsUnderWay()
  const faults = new Set<string>()
  const heard = secondConsumer()
  let lastMs = nowMs()

  return {
    observe(event) {
      if (!otherKinds.has(event.kind)) lastMs = nowMs()
      if (event.kind === 'object-put') {
        debts.put(event)
        if (event.error === undefined) heard.expected(event.object)
      } else if (event.kind === 'line-delivered') debts.delivered(event)
      else if (event.kind === 'item-parked') {
        debts.parked(event)
        underWay.parked(event)
      } else if (event.kind === 'item-drained') debts.drained(event)
      else if (event.kind === 'record-in-lane') underWay.inLane(event)
      else if (event.kind === 'function-invoked') underWay.invoked(event)
      else if (event.kind === 'function-failed') underWay.ended(event)
      else if (event.kind === 'function-returned') {
        const objects = underWay.ended(event)
        if (event.function === 'main') debts.handled(objects)
      } else if (event.kind === 'object-fanned-out') heard.seen(event.object)
      else if (event.kind === 'fault-injected') faults.add(event.fault)
      else if (event.kind === 'fault-healed') faults.delete(event.fault)
    },
    missing() {
      const silentMs = nowMs() - lastMs
      const atWork = [...workText(underWay.working()), ...[...faults].map((fault) => `fault "${fault}" is on`)]
      const toCome = silentMs < stuckMs ? toComeText(underWay.retries(), underWay.waiting()) : []
      const owed = [...owedText(debts.owed()), ...(fanOut ? heard.text() : [])]
      const isOver = atWork.length === 0 && toCome.length === 0 && silentMs >= quietMs
      const parts = [...(isOver ? [] : owed), ...atWork, ...toCome]
      return parts.length === 0 ? undefined : parts.join('; ')
    },
  }
}

function secondConsumer() {
  const early = new Set<string>()
  const awaited = new Set<string>()
  return {
    expected(object: string) {
      if (!early.delete(object)) awaited.add(object)
    },
    /** Also before S3 has answered, and more than once. */
    seen(object: string) {
      if (!awaited.delete(object)) early.add(object)
    },
    text: () =>
      awaited.size === 0 ? [] : [`${counted(awaited.size, 'object')} not yet heard of by the second consumer`],
  }
}

function owedText({ lines, objects, emptyObjects }: ReturnType<ReturnType<typeof lineDebts>['owed']>): string[] {
  return [
    ...(lines === 0 ? [] : [`${counted(lines, 'line')} of ${counted(objects, 'object')} not yet delivered or parked`]),
    ...(emptyObjects === 0 ? [] : [`${counted(emptyObjects, 'empty object')} not yet handled`]),
  ]
}

function workText(working: ReadonlyMap<string, number>): string[] {
  return [...working].map(([role, count]) => `${role} is working on ${count}`)
}

function toComeText(retries: number, waiting: number): string[] {
  return [
    ...(retries === 0 ? [] : [`${counted(retries, 'failed invocation')} to be tried again`]),
    ...(waiting === 0 ? [] : [`${counted(waiting, 'record')} not yet dispatched`]),
  ]
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
