// What has reason to be in the ErrorTaskTable, by object: asynchronous invocations that failed for good, and what functions
// sent to the dead-letter topic by themselves. And how often the table named the object. A failure has a reason of its own
// when a fault hit the function at that object; without one it is the function that could not do its work.

import type { FunctionFailed, FunctionInvoked, HistoryEvent, LineRange } from '../../core/history.ts'
import { asyncRole, attemptsMax } from '../../pipeline/ledger/account.ts'

export interface FailedObject {
  /** Request ids of invocations that failed for good, and when the last one did. */
  readonly failures: Set<string>
  lastFailureMs: number
  /** Messages to the dead-letter topic that name it. */
  published: number
  /** Items that ever named it, with the lines that they named. */
  readonly items: Map<string, readonly (readonly LineRange[] | undefined)[]>
}

export interface Unprovoked {
  readonly function: string
  /** Of its last attempt. */
  readonly message: string
}

export interface FailedForGood {
  observe(event: HistoryEvent): void
  objects(): ReadonlyMap<string, FailedObject>
  /** A failure for good of this object that no fault can have caused. */
  unprovoked(object: string): Unprovoked | undefined
}

export function failedForGood(): FailedForGood {
  const objects = new Map<string, FailedObject>()
  const open = new Map<string, readonly string[]>()
  const last = new Map<string, Unprovoked>()
  const hit = new Set<string>()
  // A fault of the emulator as a whole may have hit anything.
  let shaken = false
  const hitBy = (event: { readonly function: string; readonly fault?: string }, named: readonly string[]) => {
    if (event.fault !== undefined) for (const object of named) hit.add(`${event.function} ${object}`)
  }
  const objectOf = (object: string): FailedObject => {
    const known = objects.get(object) ?? { failures: new Set(), lastFailureMs: 0, published: 0, items: new Map() }
    objects.set(object, known)
    return known
  }
  return {
    observe(event) {
      switch (event.kind) {
        case 'fault-injected':
          shaken = true
          break
        case 'function-invoked': {
          hitBy(event, event.objects)
          const role = asyncRole(event.function)
          if (role !== undefined && role !== 'reporter') open.set(keyOf(event), event.objects)
          break
        }
        case 'function-returned':
          open.delete(keyOf(event))
          break
        case 'function-failed': {
          const named = open.get(keyOf(event)) ?? []
          open.delete(keyOf(event))
          hitBy(event, named)
          if (event.attempt < attemptsMax || event.error === 'throttled') break
          for (const object of named) {
            last.set(object, { function: event.function, message: event.message })
            const failed = objectOf(object)
            failed.failures.add(event.invocation)
            failed.lastFailureMs = Math.max(failed.lastFailureMs, event.atMs)
          }
          break
        }
        case 'aws-called':
          hitBy(event, event.objects)
          if (event.service === 'sns' && event.applied && event.function !== '')
            for (const object of event.objects) objectOf(object).published++
          break
        case 'item-parked':
          for (const object of new Set(event.tasks.map((task) => task.object))) {
            const tasks = event.tasks.filter((task) => task.object === object)
            objectOf(object).items.set(
              event.item,
              tasks.map(({ lines }) => lines),
            )
          }
          break
      }
    },
    objects: () => objects,
    unprovoked(object) {
      const failure = last.get(object)
      return failure === undefined || shaken || hit.has(`${failure.function} ${object}`) ? undefined : failure
    },
  }
}

function keyOf(
  event:
    | FunctionInvoked
    | FunctionFailed
    | { readonly function: string; readonly invocation: string; readonly attempt: number },
): string {
  return `${event.function} ${event.invocation} ${event.attempt}`
}
