// Keeps the few objects worth showing hop by hop. Every object begins a trail; one whose lines have all arrived is looked at a
// while later, and unless it is among the slowest, the most tried or the repeated its trail is forgotten. So memory holds
// trails of what is under way, parked or lost, and at most 20,000 of those.

import type { AwsCalled, HistoryEvent, ItemParked, RecordInLane } from '../../core/history.ts'
import type { ExampleReason, ObjectExample } from '../../core/report-pipeline.ts'
import { formatMs } from '../../core/units.ts'
import type { Ledger } from './collect-ledger.ts'
import type { ObjectBook, ObjectState } from './object-book.ts'
import { tellStory } from './story.ts'
import { callRow, delivered, finished, push, putRow, type TrailRow } from './trail.ts'

const trailsMax = 20_000
const graceMs = 5000
/** More than are shown, because one object can be first in two ways. */
const topMax = 6
const examplesMax = 10
const wanted: readonly (readonly [ExampleReason, number])[] = [
  ['lost', 3],
  ['in-flight', 2],
  ['parked', 2],
  ['repeated', 1],
  ['most-attempts', 1],
  ['slowest', 3],
  // Where that leaves room, more of what went wrong.
  ['lost', 10],
  ['in-flight', 10],
]

export interface Examples {
  observe(event: HistoryEvent): void
  /** All lines of the object have arrived. */
  complete(state: ObjectState, atMs: number): void
  finish(endOf: ReturnType<Ledger['finish']>['endOf']): readonly ObjectExample[]
}

export function collectExamples(book: ObjectBook): Examples {
  const tops: readonly Top[] = [
    { why: 'repeated', score: (state) => state.extra, kept: [] },
    { why: 'most-attempts', score: (state) => (state.mainRuns > 1 ? state.mainRuns : 0), kept: [] },
    { why: 'slowest', score: tookMs, kept: [] },
  ]
  const due: { readonly state: ObjectState; readonly dueMs: number }[] = []
  const itemRows = new Map<string, TrailRow>()
  let next = 0
  let trails = 0

  const release = (state: ObjectState): void => {
    const out = tops.flatMap((top) => rise(top, state))
    for (const one of [state, ...out]) {
      if (one.trail === undefined || tops.some(({ kept }) => kept.includes(one))) continue
      one.trail = undefined
      trails--
    }
  }
  return {
    observe(event) {
      for (let first = due[next]; first !== undefined && first.dueMs <= event.atMs; first = due[++next]) {
        release(first.state)
      }
      if (next > 1000) {
        due.splice(0, next)
        next = 0
      }
      if (event.kind === 'object-put') {
        const state = book.at(event.object)
        if (state.trail !== undefined || trails >= trailsMax) return
        state.trail = [putRow(event)]
        trails++
      } else follow(book, event, itemRows)
    },
    complete(state, atMs) {
      due.push({ state, dueMs: atMs + graceMs })
    },
    finish(endOf) {
      for (const { state } of due.slice(next)) release(state)
      return choose(book, tops, endOf)
    },
  }
}

/** Adds what an event says of objects to their trails. Invocations add their own rows (invocations.ts). */
function follow(book: ObjectBook, event: HistoryEvent, itemRows: Map<string, TrailRow>): void {
  if (event.kind === 'line-delivered') {
    const { trail } = book.at(event.object)
    if (trail !== undefined) delivered(trail, event)
  } else if (event.kind === 'record-in-lane') waits(book, event)
  else if (event.kind === 'function-invoked' && event.function.startsWith('dispatcher-')) {
    for (const object of event.objects) handedOut(book.at(object), event.atMs)
  } else if (event.kind === 'aws-called') called(book, event)
  else if (event.kind === 'item-parked') parked(book, event, itemRows)
  else if (event.kind === 'item-drained') {
    const row = itemRows.get(event.item)
    if (row === undefined) return
    row.endMs = event.atMs
    row.label = `${row.label}; drained after ${formatMs(row.endMs - row.startMs)}`
  }
}

function waits(book: ObjectBook, { object, lane, shard, atMs }: RecordInLane): void {
  const { trail } = book.at(object)
  if (trail === undefined) return
  const label = `never handed out, ${shard.replace(/^shardId-0*(?=\d)/, 'shard ')}`
  push(trail, { startMs: atMs, endMs: atMs, lane: `lane ${lane}`, label, outcome: 'waiting' })
}

function handedOut({ trail }: ObjectState, atMs: number): void {
  const row = trail?.findLast(({ lane }) => lane.startsWith('lane '))
  if (row === undefined || !row.label.startsWith('never handed out')) return
  row.endMs = Math.max(row.startMs, atMs)
  row.label = row.label.replace('never handed out', `waited ${formatMs(row.endMs - row.startMs)}`)
}

function called(book: ObjectBook, event: AwsCalled): void {
  if (event.objects.length === 0) return
  const row = callRow(event)
  for (const object of event.objects) {
    const { trail } = book.at(object)
    if (trail !== undefined) push(trail, row)
  }
}

function parked(book: ObjectBook, { atMs, item, tasks, error }: ItemParked, itemRows: Map<string, TrailRow>): void {
  const row: TrailRow = {
    startMs: atMs,
    endMs: atMs,
    lane: 'parked',
    label: error || 'without a reason',
    outcome: 'waiting',
  }
  const states = tasks.map(({ object }) => book.at(object)).filter(({ trail }) => trail !== undefined)
  if (states.length === 0) return
  itemRows.set(item, row)
  for (const { trail } of states) if (trail !== undefined) push(trail, row)
}

interface Top {
  readonly why: ExampleReason
  readonly score: (state: ObjectState) => number
  readonly kept: ObjectState[]
}

/** Takes an object in if it is among the first. Ties go to the earlier one. @returns what fell out */
function rise({ score, kept }: Top, state: ObjectState): readonly ObjectState[] {
  if (kept.includes(state) || score(state) <= 0) return []
  const place = kept.findIndex((other) => score(state) > score(other))
  if (place < 0 && kept.length >= topMax) return []
  kept.splice(place < 0 ? kept.length : place, 0, state)
  return kept.splice(topMax)
}

const tookMs = ({ put, doneMs }: ObjectState): number =>
  put === undefined || doneMs === undefined ? 0 : doneMs - put.atMs

function choose(
  book: ObjectBook,
  tops: readonly Top[],
  endOf: ReturnType<Ledger['finish']>['endOf'],
): readonly ObjectExample[] {
  const found = new Map<ExampleReason, ObjectState[]>(tops.map(({ why, kept }) => [why, [...kept]]))
  const reasons = { lost: 'lost', inFlight: 'in-flight', parked: 'parked' } as const
  for (const state of book.values()) {
    const end = endOf(state.object)
    const why = end === 'lost' || end === 'inFlight' || end === 'parked' ? reasons[end] : undefined
    if (why === undefined || state.trail === undefined) continue
    const list = found.get(why) ?? []
    found.set(why, list)
    if (list.length < examplesMax) list.push(state)
  }
  const chosen = new Map<ObjectState, ExampleReason>()
  for (const [why, most] of wanted) {
    const news = (found.get(why) ?? []).filter((state) => !chosen.has(state)).slice(0, most)
    for (const state of news) chosen.set(state, why)
  }
  const place = (why: ExampleReason): number => wanted.findIndex(([reason]) => reason === why)
  const shown = [...chosen].slice(0, examplesMax).sort(([, left], [, right]) => place(left) - place(right))
  return shown.map(([state, why]) => ({
    object: state.object,
    why,
    story: tellStory(state, endOf(state.object)),
    timeline: finished(state.trail ?? []),
  }))
}
