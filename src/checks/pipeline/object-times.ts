// How old objects were when they came through: from the moment they were to be put until their last line was delivered for
// the first time. Objects that were ever parked are left out, for how long they wait there is the operator's choice.

import type { HistoryEvent, LaneName } from '../../core/history.ts'

export interface ObjectTime {
  readonly object: string
  readonly lane: LaneName
  readonly lines: number
  readonly putMs: number
  /** Absent where lines are still missing. */
  readonly doneMs?: number
}

export interface ObjectTimes {
  observe(event: HistoryEvent): void
  /** Objects that owe lines and were never parked. */
  all(): ObjectTime[]
}

interface Entry {
  put: { readonly lane: LaneName; readonly lines: number; readonly putMs: number } | undefined
  /** Counts every delivery; those beyond the number of lines are repetitions. */
  delivered: number
  doneMs: number
  parked: boolean
}

export function objectTimes(): ObjectTimes {
  const entries = new Map<string, Entry>()
  const entryOf = (object: string): Entry => {
    const known = entries.get(object)
    if (known !== undefined) return known
    const fresh: Entry = { put: undefined, delivered: 0, doneMs: 0, parked: false }
    entries.set(object, fresh)
    return fresh
  }
  return {
    observe(event) {
      if (event.kind === 'object-put') {
        const { dest, lines, poison, unreadable, error, intendedMs } = event
        if (error !== undefined || dest === 'drop' || unreadable) return
        const bad = poison.reduce((sum, { first, last }) => sum + last - first + 1, 0)
        if (lines > bad) entryOf(event.object).put = { lane: dest, lines: lines - bad, putMs: intendedMs }
      } else if (event.kind === 'line-delivered') {
        const entry = entryOf(event.object)
        if (entry.put !== undefined && entry.delivered >= entry.put.lines) return
        entry.delivered += (event.last ?? event.line) - event.line + 1
        entry.doneMs = Math.max(entry.doneMs, event.atMs)
      } else if (event.kind === 'item-parked') {
        // A task for some lines is about the bad ones; the others came through.
        for (const { object, lines } of event.tasks) if (lines === undefined) entryOf(object).parked = true
      }
    },
    all: () =>
      [...entries].flatMap(([object, { put, delivered, doneMs, parked }]) => {
        if (put === undefined || parked) return []
        return [{ object, ...put, ...(delivered >= put.lines ? { doneMs } : {}) }]
      }),
  }
}

/** The value that `percent` of all do not exceed; 0 of none. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? 0
}
