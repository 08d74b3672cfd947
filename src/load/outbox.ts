// Collects what the worker has to tell and hands it over in batches: a message a request would cost more than the request.
// Order is kept and nothing is dropped; the buffer is bounded because it empties itself when full.

import type { NewEvent } from '../core/history.ts'

const batchEveryMs = 20
export const batchEventsMax = 1000

export class Outbox {
  readonly #deliver: (events: readonly NewEvent[]) => void
  #events: NewEvent[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(deliver: (events: readonly NewEvent[]) => void) {
    this.#deliver = deliver
  }

  add(event: NewEvent): void {
    this.#events.push(event)
    if (this.#events.length >= batchEventsMax) this.flush()
    else this.#timer ??= setTimeout(() => this.flush(), batchEveryMs)
  }

  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#events.length === 0) return
    const events = this.#events
    this.#events = []
    this.#deliver(events)
  }
}
