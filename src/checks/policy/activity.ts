// When the Envoy under test was surely running. A timer that is overdue fires in the next turn of its event loop, so a
// timer that fired late proves a wrong timer only if the loop turned in between; else the machine kept Envoy waiting. The
// skew between two processes cannot tell that, Envoy's own stamps can.

import type { HistoryEvent } from '../../core/history.ts'

/** One turn may leave several stamps, so two of them this far apart are asked for. */
const turnMs = 5
/** The last stamps before a timer may belong to the turn in which it fires. */
const sameTurnMs = 2
const stampsMax = 1_000_000

export interface Activity {
  observe(event: HistoryEvent): void
  /** The event loop surely turned after `fromMs` and well before `toMs`. */
  turned(fromMs: number, toMs: number): boolean
  forget(beforeMs: number): void
}

export function activity(): Activity {
  let stamps: number[] = []
  let sweptMs = Number.NEGATIVE_INFINITY
  return {
    observe(event) {
      if (event.kind === 'request-logged') stamps.push(event.startMs, event.atMs)
      else if (event.kind === 'attempt-logged') {
        stamps.push(event.startMs, event.atMs)
        if (event.readyMs !== undefined) stamps.push(event.readyMs)
        if (event.headMs !== undefined) stamps.push(event.headMs)
      }
      if (stamps.length > stampsMax) stamps = stamps.slice(stampsMax / 2)
    },
    turned(fromMs, toMs) {
      let first = Number.POSITIVE_INFINITY
      let last = Number.NEGATIVE_INFINITY
      for (const stamp of stamps) {
        if (stamp <= fromMs || stamp >= toMs - sameTurnMs) continue
        first = Math.min(first, stamp)
        last = Math.max(last, stamp)
      }
      return last - first >= turnMs
    },
    forget(beforeMs) {
      if (beforeMs < sweptMs + 1000) return
      sweptMs = beforeMs
      stamps = stamps.filter((stamp) => stamp >= beforeMs - 1000)
    },
  }
}
