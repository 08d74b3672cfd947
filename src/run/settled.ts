// Knows when the logs of a scenario are whole: every answered request has its line from the egress, every attempt its own,
// and every attempt that had a connection was seen at the fault listener, or lost at the relay. Counting replaces waiting for a time.

import type { NewEvent } from '../core/history.ts'

export interface Settling {
  observe(event: NewEvent): void
  /** What is still missing, in words; `undefined` when nothing is. */
  missing(): string | undefined
}

export function settling(): Settling {
  const count = { sent: 0, logged: 0, attemptsExpected: 0, attemptsLogged: 0, connected: 0, seen: 0, swallowed: 0 }
  return {
    observe(event) {
      if (event.kind === 'request-sent') count.sent++
      // A request that the egress never saw has no line there.
      if (event.kind === 'request-answered' && (event.error === 'connect' || event.error === 'not-sent')) count.sent--
      if (event.kind === 'request-logged') {
        count.logged++
        // An attempt that found no healthy host has no line of its own; it is always the last one.
        count.attemptsExpected += event.attempts - (event.flags.includes('UH') ? 1 : 0)
      }
      if (event.kind === 'attempt-logged') {
        count.attemptsLogged++
        if (event.readyMs !== undefined) count.connected++
      }
      if (event.kind === 'attempt-seen') count.seen++
      // A connection whose bytes the relay kept: its attempt never gets to the fault listener.
      if (event.kind === 'connection-closed' && event.fault !== undefined && event.bytesUp === 0) count.swallowed++
    },
    missing() {
      if (count.logged < count.sent) return `${count.sent - count.logged} requests without a log line`
      if (count.attemptsLogged < count.attemptsExpected) return 'attempts without a log line'
      if (count.seen + count.swallowed < count.connected) return 'attempts not yet seen at the fault listeners'
      return undefined
    },
  }
}
