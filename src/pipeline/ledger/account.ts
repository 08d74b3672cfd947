// What the ledger keeps of one object: its debt, and the work that is done on it.

import type { LaneName, LineRange } from '../../core/history.ts'
import type { Notes } from './hop-notes.ts'

/** Functions that the platform invokes asynchronously, with up to three attempts. */
export type AsyncRole = 'event-pusher' | 'main' | 'reporter'

export const asyncRoles: readonly AsyncRole[] = ['event-pusher', 'main', 'reporter']

export function asyncRole(role: string): AsyncRole | undefined {
  return asyncRoles.find((one) => one === role)
}

/** Attempts of an asynchronous invocation. */
export const attemptsMax = 3

/** What one function owes to an object. */
export interface HandOver {
  /** Invocations that somebody asked for, and those that began. */
  owed: number
  begun: number
  /** Invocations that failed and have attempts left. */
  retries: number
  /** When the last of them was asked for, or failed. */
  sinceMs: number
}

/** A record that no Dispatcher has finished with. */
export interface StandingRecord {
  readonly lane: LaneName
  readonly shard: string
  readonly sequence: string
  readonly lines: readonly LineRange[] | undefined
}

/** From which can be told whether somebody still works on an object. Kept until all its lines are delivered. */
export interface Work {
  records: number
  readonly standing: StandingRecord[]
  /** Dispatchers that were done with a record which had not been seen in the lane yet. */
  dispatchedEarly: number
  /** Invocations that have not ended. */
  open: number
  readonly handOvers: Readonly<Record<AsyncRole, HandOver>>
}

/** A delivery that came before the put was known. */
export interface EarlyDelivery {
  readonly line: number
  readonly last: number
  readonly altered: boolean
  readonly atMs: number
}

export interface Account {
  readonly object: string
  /** S3 took it. What was never put owes nothing and deserves nothing. */
  put: boolean
  /** S3 did not take it, as far as the generator knows: nothing is owed, nothing is wrong. */
  refused: boolean
  dest: LaneName | 'drop'
  unreadable: boolean
  /** No line of it is poison: delivery of all is all that it takes. */
  clean: boolean
  lines: number
  /** Place of its first line among all line bytes. */
  first: number
  /** Good lines that were never delivered. */
  missing: number
  putAtMs: number
  early: EarlyDelivery[] | undefined
  work: Work | undefined
  /** The lines that items of it named, parked now or ever; an undefined entry: all. */
  parked: (readonly LineRange[] | undefined)[] | undefined
  /** Tasks of items that are in the ErrorTaskTable now. */
  itemsNow: number
  notes: Notes | undefined
}

/** A million of them must fit into memory, so what few need is made when it is needed. */
export function newAccount(object: string): Account {
  return {
    object,
    put: false,
    refused: false,
    dest: 'fast',
    unreadable: false,
    clean: true,
    lines: 0,
    first: 0,
    missing: 0,
    putAtMs: 0,
    early: undefined,
    work: undefined,
    parked: undefined,
    itemsNow: 0,
    notes: undefined,
  }
}

/** Every line of it is delivered: nobody needs to work on it any more. */
export function isWhole({ put, clean, missing }: Account): boolean {
  return put && clean && missing === 0
}

/** Undefined for an object that is whole. */
export function workOf(account: Account): Work | undefined {
  if (isWhole(account)) return undefined
  account.work ??= {
    records: 0,
    standing: [],
    dispatchedEarly: 0,
    open: 0,
    handOvers: { 'event-pusher': newHandOver(), main: newHandOver(), reporter: newHandOver() },
  }
  return account.work
}

function newHandOver(): HandOver {
  return { owed: 0, begun: 0, retries: 0, sinceMs: 0 }
}

export function notesOf(account: Account): Notes {
  account.notes ??= []
  return account.notes
}

export function covers(ranges: readonly LineRange[] | undefined, line: number): boolean {
  return ranges === undefined || ranges.some(({ first, last }) => first <= line && line <= last)
}
