// Which functions are at work, which of their failures are to be tried again, and how many records wait in the lanes, as
// far as the events tell. An asynchronous invocation has three attempts; one that was throttled is always tried again; a
// stream's shard is tried until it succeeds.

import type { FunctionFailed, FunctionInvoked, FunctionReturned, ItemParked, RecordInLane } from '../core/history.ts'

type Ended = Omit<FunctionReturned, 'seq'> | Omit<FunctionFailed, 'seq'>

export interface InvocationsUnderWay {
  invoked(event: Omit<FunctionInvoked, 'seq'>): void
  /** The objects that this invocation was about. */
  ended(event: Ended): readonly string[]
  inLane(event: Omit<RecordInLane, 'seq'>): void
  /** The item of a failed invocation bears its request id: it will not be tried again. */
  parked(event: Omit<ItemParked, 'seq'>): void
  /** Functions at work by their roles. */
  working(): ReadonlyMap<string, number>
  /** Tries to come. */
  retries(): number
  /** Records that no Dispatcher has been through with. */
  waiting(): number
}

const attemptsMax = 3

export function invocationsUnderWay(): InvocationsUnderWay {
  const open = new Map<string, { running: number; readonly objects: readonly string[]; readonly shard?: string }>()
  const working = new Map<string, number>()
  const toRetry = new Set<string>()
  // By lane and object; below 0 where a record was dispatched before we read it.
  const inLanes = new Map<string, number>()
  let waiting = 0
  const keyOf = ({ function: role, invocation }: { readonly function: string; readonly invocation: string }) =>
    `${role} ${invocation}`
  const count = (record: string, by: 1 | -1) => {
    const before = inLanes.get(record) ?? 0
    const after = before + by
    waiting += Math.max(0, after) - Math.max(0, before)
    if (after === 0) inLanes.delete(record)
    else inLanes.set(record, after)
  }
  return {
    invoked(event) {
      const key = keyOf(event)
      const { objects, shard } = event
      const running = (open.get(key)?.running ?? 0) + 1
      open.set(key, { running, objects, ...(shard === undefined ? {} : { shard }) })
      working.set(event.function, (working.get(event.function) ?? 0) + 1)
      toRetry.delete(key)
      if (shard !== undefined) toRetry.delete(`${event.function} ${shard}`)
    },
    ended(event) {
      const key = keyOf(event)
      const known = open.get(key)
      if (known === undefined) return []
      if (--known.running <= 0) open.delete(key)
      const left = (working.get(event.function) ?? 1) - 1
      if (left > 0) working.set(event.function, left)
      else working.delete(event.function)
      const lane = laneOf(event.function)
      if (event.kind === 'function-failed') {
        if (lane !== undefined && known.shard !== undefined) toRetry.add(`${event.function} ${known.shard}`)
        else if (isTriedAgain(event)) toRetry.add(key)
      } else if (lane !== undefined) {
        for (const object of known.objects) count(`${lane} ${object}`, -1)
      }
      return known.objects
    },
    inLane({ lane, object }) {
      if (object !== '') count(`${lane} ${object}`, 1)
    },
    parked: ({ item }) => void toRetry.delete(keyOf({ function: 'main', invocation: item })),
    working: () => working,
    retries: () => toRetry.size,
    waiting: () => waiting,
  }
}

/** `dispatcher-fast` reads the lane `fast`. */
function laneOf(role: string): string | undefined {
  return /^dispatcher-(.+)$/.exec(role)?.[1]
}

/** Drain is invoked by a person, who sees it fail. */
function isTriedAgain({ function: role, error, attempt }: Omit<FunctionFailed, 'seq'>): boolean {
  return role !== 'drain' && (error === 'throttled' || attempt < attemptsMax)
}
