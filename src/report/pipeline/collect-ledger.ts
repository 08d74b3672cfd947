// Counts where every line has ended, from the deliveries and the ErrorTaskTable. The check `nothing-lost` does the same more
// strictly and with witnesses; where it ran, its figures replace these (figures-of-check.ts).

import type { HistoryEvent, ItemParked, LineDelivered } from '../../core/history.ts'
import type { LedgerReport, ObjectEnds } from '../../core/report-pipeline.ts'
import { keepEarly, type ObjectBook, type ObjectState, placesOf } from './object-book.ts'

/** Lambda tries an asynchronous invocation this often. */
const asyncAttempts = 3

export type End = keyof ObjectEnds
/** From bad to good; an object ends as the worst of its lines. */
const endsWorstFirst: readonly End[] = ['lost', 'inFlight', 'parked', 'deliveredMore', 'deliveredOnce', 'dropped']

export interface Ledger {
  observe(event: HistoryEvent): void
  /** `endOf` tells how an object ended, the worst of its lines; undefined where nothing was owed. */
  finish(unsettled: boolean): { readonly ledger: LedgerReport; endOf(object: string): End | undefined }
}

/** `fresh` is told of every first delivery: of how many lines of which object. */
export function collectLedger(
  book: ObjectBook,
  fresh: (state: ObjectState, lines: number, atMs: number) => void,
): Ledger {
  const items = new Map<string, ItemParked>()
  const counts = { bytes: 0, refusedPuts: 0, extraDeliveries: 0, altered: 0, unexpected: 0, drainedItems: 0 }
  let fannedOut = 0

  const deliver = (state: ObjectState, event: LineDelivered): void => {
    const range = { first: event.line, last: event.last ?? event.line }
    const { from, until } = placesOf(state, range)
    const known = Math.max(0, until - from + 1)
    counts.unexpected += range.last - range.first + 1 - known
    if (event.altered === true) counts.altered += known
    let first = 0
    for (let place = from; place <= until; place++) if (book.lines.deliver(place, false) === 0) first++
    counts.extraDeliveries += known - first
    state.extra += known - first
    state.delivered += first
    if (first === 0) return
    state.doneMs = Math.max(state.doneMs ?? 0, event.atMs)
    fresh(state, first, event.atMs)
  }
  return {
    observe(event) {
      switch (event.kind) {
        case 'object-put': {
          if (event.error !== undefined) {
            counts.refusedPuts++
            return
          }
          counts.bytes += event.bytes
          const state = book.at(event.object)
          for (const early of state.early ?? []) deliver(state, early)
          state.early = undefined
          return
        }
        case 'line-delivered': {
          const state = book.at(event.object)
          if (state.place === undefined) keepEarly(state, event)
          else deliver(state, event)
          return
        }
        case 'item-parked':
          items.set(event.item, event)
          return
        case 'item-drained':
          counts.drainedItems++
          items.delete(event.item)
          return
        case 'object-fanned-out':
          fannedOut++
          return
        default:
      }
    },
    finish(unsettled) {
      for (const item of items.values()) park(book, item)
      return { ...settle(book, counts, fannedOut, unsettled) }
    },
  }
}

function park(book: ObjectBook, { tasks }: ItemParked): void {
  for (const { object, lines } of tasks) {
    const state = book.at(object)
    if (state.place === undefined) continue
    for (const range of lines ?? [{ first: 1, last: state.put?.lines ?? 0 }]) {
      const { from, until } = placesOf(state, range)
      for (let place = from; place <= until; place++) book.lines.setParked(place)
    }
  }
}

type Counts = Pick<
  LedgerReport,
  'bytes' | 'refusedPuts' | 'extraDeliveries' | 'altered' | 'unexpected' | 'drainedItems'
>

function settle(book: ObjectBook, counts: Counts, fannedOut: number, unsettled: boolean) {
  const ends = { deliveredOnce: 0, deliveredMore: 0, parked: 0, inFlight: 0, lost: 0, dropped: 0 }
  const ofObject = new Map<string, End>()
  let objects = 0
  let lines = 0
  let unexpected = counts.unexpected
  for (const state of book.values()) {
    const { put, place } = state
    if (place === undefined || put === undefined) {
      unexpected += (state.early ?? []).reduce((sum, { line, last }) => sum + (last ?? line) - line + 1, 0)
      continue
    }
    objects++
    lines += put.lines
    const own = { deliveredOnce: 0, deliveredMore: 0, parked: 0, inFlight: 0, lost: 0, dropped: 0 }
    const missing: End = put.dest === 'drop' ? 'dropped' : underWay(state, unsettled) ? 'inFlight' : 'lost'
    for (let index = 0; index < put.lines; index++) own[lineEnd(book, place + index, missing)]++
    unexpected += unreadableDeliveries(book, state)
    for (const end of endsWorstFirst) ends[end] += own[end]
    const worst = endsWorstFirst.find((end) => own[end] > 0)
    if (worst !== undefined) ofObject.set(state.object, worst)
  }
  const ledger: LedgerReport = { source: 'report', objects, lines, ...ends, ...counts, unexpected, fannedOut }
  return { ledger, endOf: (object: string) => ofObject.get(object) }
}

function lineEnd({ lines }: ObjectBook, place: number, missing: End): End {
  const times = lines.deliveries(place)
  if (times > 1) return 'deliveredMore'
  if (times === 1) return 'deliveredOnce'
  return lines.parked(place) ? 'parked' : missing
}

/** Something still has hold of it: a function, a lane, or a retry that is to come. */
function underWay(state: ObjectState, unsettled: boolean): boolean {
  if (state.open > 0 || state.arrived > state.dispatched) return true
  return (
    unsettled && ((state.mainFailedLast && state.mainFailures < asyncAttempts) || state.dispatched > state.mainRuns)
  )
}

function unreadableDeliveries(book: ObjectBook, state: ObjectState): number {
  const ranges = state.put?.unreadable === true ? [{ first: 1, last: state.put.lines }] : (state.put?.poison ?? [])
  let sum = 0
  for (const range of ranges) {
    const { from, until } = placesOf(state, range)
    for (let place = from; place <= until; place++) sum += book.lines.deliveries(place)
  }
  return sum
}
