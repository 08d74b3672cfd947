// What the functions of a pipeline did: invocations, retries, duplicates, failures by kind, durations. A second invocation
// with a request id is a retry when the one before had failed, else a duplicate.

import type { FunctionFailed, FunctionInvoked, HistoryEvent } from '../../core/history.ts'
import type { FunctionReport } from '../../core/report-pipeline.ts'
import { Histogram } from '../../stats/histogram.ts'
import { spreadOf } from './spread.ts'

/** In the order of the way. */
const roles = ['event-pusher', 'dispatcher-fast', 'dispatcher-slow', 'main', 'reporter', 'drain']
const functionsMax = 50
const failedMax = 100_000

interface Tally {
  invocations: number
  retries: number
  duplicates: number
  provoked: number
  readonly failures: Map<string, number>
  readonly duration: Histogram
}

export interface Functions {
  observe(event: HistoryEvent): void
  finish(): readonly FunctionReport[]
}

export function collectFunctions(): Functions {
  const tallies = new Map<string, Tally>()
  // Request id to how often it has failed; only those that ever did are kept.
  const failed = new Map<string, number>()
  const tallyOf = (name: string): Tally | undefined => {
    const known = tallies.get(name)
    if (known !== undefined || tallies.size >= functionsMax) return known
    const tally = {
      invocations: 0,
      retries: 0,
      duplicates: 0,
      provoked: 0,
      failures: new Map<string, number>(),
      duration: new Histogram(),
    }
    tallies.set(name, tally)
    return tally
  }
  return {
    observe(event) {
      if (event.kind === 'function-invoked') countInvoked(tallyOf(event.function), event, failed)
      else if (event.kind === 'function-returned') tallyOf(event.function)?.duration.record(event.durationMs)
      else if (event.kind === 'function-failed') {
        countFailed(tallyOf(event.function), event)
        const times = failed.get(keyOf(event))
        if (times !== undefined || failed.size < failedMax) failed.set(keyOf(event), (times ?? 0) + 1)
      }
    },
    finish: () =>
      [...tallies]
        .sort(([left], [right]) => placeOf(left) - placeOf(right) || (left < right ? -1 : 1))
        .map(([name, { failures, duration, ...counts }]) => ({
          function: name,
          ...counts,
          failures: Object.fromEntries([...failures].sort(([left], [right]) => (left < right ? -1 : 1))),
          duration: spreadOf(duration),
        })),
  }
}

function countInvoked(tally: Tally | undefined, event: FunctionInvoked, failed: ReadonlyMap<string, number>): void {
  if (tally === undefined) return
  tally.invocations++
  if (event.attempt <= 1) return
  if ((failed.get(keyOf(event)) ?? 0) >= event.attempt - 1) tally.retries++
  else tally.duplicates++
}

function countFailed(tally: Tally | undefined, { error, durationMs, fault }: FunctionFailed): void {
  if (tally === undefined) return
  tally.failures.set(error, (tally.failures.get(error) ?? 0) + 1)
  tally.duration.record(durationMs)
  if (fault !== undefined) tally.provoked++
}

const keyOf = (event: FunctionInvoked | FunctionFailed): string => `${event.function} ${event.invocation}`

/** Where a function stands on the way; unknown ones come last. */
export function placeOf(role: string): number {
  const place = roles.indexOf(role)
  return place < 0 ? roles.length : place
}
