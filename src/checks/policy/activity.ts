// When the Envoy under test was surely running. A timer that is overdue fires in the next turn of its event loop, so a
// timer that fired late proves a wrong timer only if the loop turned in between; else the machine kept Envoy waiting. The
// skew between two processes cannot tell that, Envoy's own stamps can, and so can its pulse: heartbeats of the source
// `egress`, each of which says how long ago the one before it was.

import type { Heartbeat, HistoryEvent } from '../../core/history.ts'

/** One turn may leave several stamps, so two of them this far apart are asked for. */
const turnMs = 5
/** The last stamps before a timer may belong to the turn in which it fires. */
const sameTurnMs = 2
const stampsMax = 1_000_000
/** A pulse that comes in time: its own 5 ms timer and the way there and back. */
const pulseMs = 10
/** So much time without a stall must hold a turn. */
const surelyTurnsMs = 15
const gapsMax = 100_000

export interface Activity {
  observe(event: HistoryEvent): void
  /** The event loop surely turned after `fromMs` and well before `toMs`. */
  turned(fromMs: number, toMs: number): boolean
  forget(beforeMs: number): void
}

/** @param isolated the scenario has an Envoy of its own, so the pulse of the shared one tells nothing */
export function activity(isolated: boolean): Activity {
  let stamps: number[] = []
  let gaps: { readonly fromMs: number; readonly toMs: number }[] = []
  let pulse: { readonly fromMs: number; toMs: number } | undefined
  let sweptMs = Number.NEGATIVE_INFINITY

  function beat({ src, scenario, atMs, lateMs }: Heartbeat) {
    if (src !== 'egress' || (scenario === '') === isolated) return
    pulse = { fromMs: pulse?.fromMs ?? atMs, toMs: Math.max(atMs, pulse?.toMs ?? atMs) }
    if (lateMs > pulseMs) gaps.push({ fromMs: atMs - lateMs, toMs: atMs })
    if (gaps.length > gapsMax) gaps = gaps.slice(gapsMax / 2)
  }

  /** How much of the span the pulse has watched, less what it found standing still. */
  function watchedMs(fromMs: number, toMs: number): number {
    if (pulse === undefined) return 0
    const start = Math.max(fromMs, pulse.fromMs)
    const end = Math.min(toMs, pulse.toMs)
    const still = gaps.reduce((sum, gap) => sum + Math.max(0, Math.min(end, gap.toMs) - Math.max(start, gap.fromMs)), 0)
    return end - start - still
  }

  return {
    observe(event) {
      if (event.kind === 'heartbeat') beat(event)
      if (event.kind === 'request-logged') stamps.push(event.startMs, event.atMs)
      else if (event.kind === 'attempt-logged') {
        stamps.push(event.startMs, event.atMs)
        if (event.readyMs !== undefined) stamps.push(event.readyMs)
        if (event.headMs !== undefined) stamps.push(event.headMs)
      }
      if (stamps.length > stampsMax) stamps = stamps.slice(stampsMax / 2)
    },
    turned(fromMs, toMs) {
      if (watchedMs(fromMs, toMs - sameTurnMs) >= surelyTurnsMs) return true
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
      gaps = gaps.filter((gap) => gap.toMs >= beforeMs - 1000)
    },
  }
}
