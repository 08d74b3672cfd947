// Invocations under way: who works on which objects right now. Only the event that begins an invocation names its objects,
// so what ends it is told here of whom.

import type { FunctionFailed, FunctionInvoked, FunctionReturned } from '../../core/history.ts'
import type { ObjectBook, ObjectState } from './object-book.ts'
import { failedRow, invokedRow, push, returned, type TrailRow } from './trail.ts'

const runningMax = 100_000

export interface Invocation {
  readonly invoked: FunctionInvoked
  readonly states: readonly ObjectState[]
  readonly row: TrailRow
}

export interface Invocations {
  begin(event: FunctionInvoked): void
  /** Undefined when its begin was not seen: a throttled one never began. */
  end(event: FunctionReturned | FunctionFailed): Invocation | undefined
  running(): IterableIterator<Invocation>
}

export function openInvocations(book: ObjectBook): Invocations {
  const running = new Map<string, Invocation>()
  return {
    begin(event) {
      if (running.size >= runningMax) return
      const states = [...new Set(event.objects)].map((object) => book.at(object))
      const row = invokedRow(event)
      for (const state of states) {
        state.open++
        if (state.trail !== undefined) push(state.trail, row)
      }
      running.set(keyOf(event), { invoked: event, states, row })
    },
    end(event) {
      const invocation = running.get(keyOf(event))
      if (invocation === undefined) return undefined
      running.delete(keyOf(event))
      const failed = event.kind === 'function-failed'
      if (failed) failedRow(invocation.row, event)
      else returned(invocation.row, event.atMs, event.attempt, invocation.invoked.fault)
      for (const state of invocation.states) {
        state.open--
        if (event.function !== 'main') continue
        if (failed) state.mainFailures++
        state.mainFailedLast = failed
      }
      return invocation
    },
    running: () => running.values(),
  }
}

const keyOf = (event: FunctionInvoked | FunctionReturned | FunctionFailed): string =>
  `${event.function} ${event.invocation} ${event.attempt}`
