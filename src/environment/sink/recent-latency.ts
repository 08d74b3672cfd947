// How long the calls of the last second took, those still open included with what they have taken so far: a downstream
// that answers nobody any more must not look fast.

import { monotonicMs } from '../../core/clock.ts'

export interface RecentLatency {
  /** A call has come; the result is called at its end. */
  began(): () => void
  /** 99th percentile in milliseconds; `undefined` when no call ended in the last second or is open. */
  p99(): number | undefined
}

const windowMs = 1000
/** Calls kept, far above what a sink answers in a second. */
const keptMax = 20_000

export function recentLatency(nowMs: () => number = monotonicMs): RecentLatency {
  const open = new Set<{ readonly sinceMs: number }>()
  const ended: { readonly atMs: number; readonly tookMs: number }[] = []
  const forget = () => {
    const from = nowMs() - windowMs
    const kept = ended.findIndex(({ atMs }) => atMs >= from)
    ended.splice(0, kept === -1 ? ended.length : kept)
    if (ended.length > keptMax) ended.splice(0, ended.length - keptMax)
  }
  return {
    began() {
      const call = { sinceMs: nowMs() }
      open.add(call)
      return () => {
        if (!open.delete(call)) return
        ended.push({ atMs: nowMs(), tookMs: nowMs() - call.sinceMs })
        if (ended.length > 2 * keptMax) forget()
      }
    },
    p99() {
      forget()
      const took = [...ended.map(({ tookMs }) => tookMs), ...[...open].map(({ sinceMs }) => nowMs() - sinceMs)]
      if (took.length === 0) return undefined
      took.sort((left, right) => left - right)
      return took[Math.ceil(took.length * 0.99) - 1]
    },
  }
}
