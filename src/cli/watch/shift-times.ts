// Events of parts that outlive a run bear the times of the session; a run's history counts from its own origin. Durations
// stay as they are.

import type { NewEvent } from '../../core/history.ts'

const moments = ['atMs', 'startMs', 'readyMs', 'headMs', 'intendedMs'] as const

/** The same event, its moments later by `byMs`. */
export function shiftTimes(event: NewEvent, byMs: number): NewEvent {
  const shifted: Record<string, unknown> = { ...event }
  for (const key of moments) {
    const value = shifted[key]
    if (typeof value === 'number') shifted[key] = Math.round((value + byMs) * 1000) / 1000
  }
  // Only numbers became other numbers.
  return shifted as unknown as NewEvent
}

/** When what it tells of began: an end that is logged late still belongs to the run before. */
export function beganMs(event: NewEvent): number {
  return 'startMs' in event ? Math.min(event.startMs, event.atMs) : event.atMs
}
