// When a scenario began and ended, as far as its own events say.

import type { HistoryEvent } from '../../core/history.ts'

/** What the platform was asked for so shortly before the end may not have come yet. */
export const graceMs = 5000

export interface ScenarioSpan {
  observe(event: HistoryEvent): void
  startMs(): number
  endMs(): number
  /** Since the scenario's start, `1.203 s`. */
  clock(atMs: number): string
}

export function scenarioSpan(): ScenarioSpan {
  let startMs: number | undefined
  let endMs = 0
  return {
    observe(event) {
      if (event.scenario === '') return
      if (event.kind === 'scenario-started') startMs ??= event.atMs
      endMs = Math.max(endMs, event.atMs)
    },
    startMs: () => startMs ?? 0,
    endMs: () => endMs,
    clock: (atMs) => `${((atMs - (startMs ?? 0)) / 1000).toFixed(3)} s`,
  }
}
