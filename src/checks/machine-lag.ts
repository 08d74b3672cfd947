// Whether the machine kept time while a scenario ran: how late requests left and how late timers of our own fired. Where
// more than 1 % were over 25 ms late, latencies say more about the machine than about the mesh. A single late one is not
// yet 1 % of anything.

import type { HistoryEvent } from '../core/history.ts'

const limitMs = 25
const lateShareMax = 0.01

export interface MachineLag {
  observe(event: HistoryEvent): void
  /** Why latencies cannot be judged; undefined when they can. */
  problem(): string | undefined
}

export function machineLag(shareMax = lateShareMax): MachineLag {
  const sends = { late: 0, all: 0, worstMs: 0 }
  const beats = { late: 0, all: 0, worstMs: 0 }
  let running = false
  const count = (tally: typeof sends, lateMs: number) => {
    tally.all++
    if (lateMs > limitMs) tally.late++
    tally.worstMs = Math.max(tally.worstMs, lateMs)
  }
  return {
    observe(event) {
      if (event.kind === 'scenario-started') running = true
      else if (event.kind === 'scenario-ended') running = false
      else if (event.kind === 'request-sent') count(sends, event.atMs - event.intendedMs)
      else if (event.kind === 'heartbeat' && running) count(beats, event.lateMs)
    },
    problem() {
      const parts = [
        { what: 'requests left', ...sends },
        { what: 'heartbeats came', ...beats },
      ].filter(({ late, all }) => late > Math.max(1, all * shareMax))
      if (parts.length === 0) return undefined
      return parts
        .map(
          ({ what, late, all, worstMs }) =>
            `${late} of ${all} ${what} more than ${limitMs} ms late (at most ${worstMs.toFixed(0)} ms)`,
        )
        .join(', ')
    },
  }
}
