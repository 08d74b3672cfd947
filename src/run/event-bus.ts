// Where all events of a run pass: into the history, to whoever shows progress, and to the book that knows when the logs of
// a scenario are whole.

import type { NewEvent } from '../core/history.ts'
import { type Settling, settling } from './settled.ts'

export interface EventBus {
  readonly emit: (event: NewEvent) => void
  readonly settlingOf: (scenario: string) => Settling
  /** Resolves at the next event of any kind, or after `limitMs`. */
  readonly nextEvent: (limitMs: number) => Promise<void>
}

export function eventBus(append: (event: NewEvent) => void, seen?: (event: NewEvent) => void): EventBus {
  const settlings = new Map<string, Settling>()
  const waiting = new Set<() => void>()
  const settlingOf = (scenario: string) => {
    const found = settlings.get(scenario) ?? settling()
    settlings.set(scenario, found)
    return found
  }
  return {
    settlingOf,
    emit(event) {
      append(event)
      settlingOf(event.scenario).observe(event)
      seen?.(event)
      for (const wake of [...waiting]) wake()
    },
    nextEvent: (limitMs) =>
      new Promise((resolve) => {
        const wake = () => {
          waiting.delete(wake)
          clearTimeout(timer)
          resolve()
        }
        const timer = setTimeout(wake, limitMs)
        waiting.add(wake)
      }),
  }
}
