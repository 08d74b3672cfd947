// What has reason to be in the ErrorTaskTable, by object: asynchronous invocations that failed for good, and what functions
// sent to the dead-letter topic by themselves. And how often the table named the object.

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

export interface FailedForGood {
  observe(event: HistoryEvent): void
  objects(): ReadonlyMap<string, FailedObject>
}

export function failedForGood(): FailedForGood {
  const objects = new Map<string, FailedObject>()
  const open = new Map<string, readonly string[]>()
  const objectOf = (object: string): FailedObject => {
    const known = objects.get(object) ?? { failures: new Set(), lastFailureMs: 0, published: 0, items: new Map() }
    objects.set(object, known)
    return known
  }
  return {
    observe(event) {
      switch (event.kind) {
        case 'function-invoked': {
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
          if (event.attempt < attemptsMax || event.error === 'throttled') break
          for (const object of named) {
            const failed = objectOf(object)
            failed.failures.add(event.invocation)
            failed.lastFailureMs = Math.max(failed.lastFailureMs, event.atMs)
          }
          break
        }
        case 'aws-called':
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
