// What is known about every object of a pipeline's scenario, one small record each: where it was first seen on its way and
// how its lines stand. Everything else that the report tells of objects is read off these records.

import type { HistoryEvent, LaneName, LineDelivered, LineRange, ObjectPut } from '../../core/history.ts'
import { type LineBytes, lineBytes } from '../../core/line-bytes.ts'
import type { TrailRow } from './trail.ts'

const earlyMax = 1000

export interface ObjectState {
  readonly object: string
  put?: Omit<ObjectPut, 'object'>
  /** Of its first line in the store; absent before the put, and where the store is full. */
  place?: number
  lane?: LaneName
  pusherMs?: number
  laneMs?: number
  dispatcherMs?: number
  mainMs?: number
  /** Last first delivery of a line. */
  doneMs?: number
  arrived: number
  dispatched: number
  mainRuns: number
  mainFailures: number
  mainFailedLast: boolean
  /** Invocations under way that name it. */
  open: number
  /** Lines delivered at least once. */
  delivered: number
  /** Deliveries beyond the first. */
  extra: number
  /** Deliveries that came before the put in the file: two sources may be interleaved. */
  early: LineDelivered[] | undefined
  /** Absent when it is not kept, or no longer. */
  trail: TrailRow[] | undefined
}

export interface ObjectBook {
  readonly lines: LineBytes
  /** Its record, which is begun where there is none. */
  at(object: string): ObjectState
  put(event: ObjectPut): ObjectState
  values(): IterableIterator<ObjectState>
}

export function objectBook(): ObjectBook {
  const lines = lineBytes()
  const states = new Map<string, ObjectState>()
  const at = (object: string): ObjectState => {
    const known = states.get(object)
    if (known !== undefined) return known
    const state: ObjectState = {
      object,
      arrived: 0,
      dispatched: 0,
      mainRuns: 0,
      mainFailures: 0,
      mainFailedLast: false,
      open: 0,
      delivered: 0,
      extra: 0,
      early: undefined,
      trail: undefined,
    }
    states.set(object, state)
    return state
  }
  return {
    lines,
    at,
    put(event) {
      const state = at(event.object)
      if (event.error === undefined && lines.hasRoom(event.lines)) state.place ??= lines.allot(event.lines)
      state.put = event
      return state
    },
    values: () => states.values(),
  }
}

export function keepEarly(state: ObjectState, event: LineDelivered): void {
  state.early ??= []
  if (state.early.length < earlyMax) state.early.push(event)
}

/** The part of a range that lies in the object, as places in the store. Empty when `from` is above `until`. */
export function placesOf(state: ObjectState, { first, last }: LineRange): { from: number; until: number } {
  const lines = state.put?.lines ?? 0
  const place = state.place ?? 0
  return { from: place + Math.max(1, first) - 1, until: place + Math.min(lines, last) - 1 }
}

/** First times at stations and counts of passages. @returns the function's role without its lane */
export function note(book: ObjectBook, event: HistoryEvent): void {
  switch (event.kind) {
    case 'record-in-lane': {
      if (event.object === '') return
      const state = book.at(event.object)
      state.arrived++
      state.lane ??= event.lane
      state.laneMs = earlier(state.laneMs, event.atMs)
      return
    }
    case 'function-invoked':
      for (const object of event.objects) invoked(book.at(object), event.function, event.atMs)
      return
    default:
  }
}

function invoked(state: ObjectState, role: string, atMs: number): void {
  if (role === 'event-pusher') state.pusherMs = earlier(state.pusherMs, atMs)
  else if (role === 'dispatcher-fast' || role === 'dispatcher-slow') {
    state.dispatcherMs = earlier(state.dispatcherMs, atMs)
  } else if (role === 'main') {
    state.mainMs = earlier(state.mainMs, atMs)
    state.mainRuns++
    state.mainFailedLast = false
  }
}

function earlier(known: number | undefined, atMs: number): number {
  return known === undefined ? atMs : Math.min(known, atMs)
}
