// The ledger of a pipeline: every line of every object that was put is a debt, known by object and line number and never by
// its text. At the end each is delivered once or more often, parked in the ErrorTaskTable, in flight, or lost. It reads a
// history and knows nothing of verdicts.

import type { HistoryEvent, ItemParked, LineDelivered, LineRange, ObjectPut } from '../../core/history.ts'
import { type LineBytes, lineBytes } from '../../core/line-bytes.ts'
import { type Account, isWhole, newAccount, notesOf } from './account.ts'
import { type HopBook, hopBook } from './hop-notes.ts'
import { hopOf } from './hop-words.ts'
import type { LedgerState, Stray } from './ledger-state.ts'
import { settle } from './settle.ts'
import { type UnderWay, underWay } from './under-way.ts'

export interface Ledger {
  /** Events of one scenario, in the order of the file. */
  observe(event: HistoryEvent): void
  /** May be called more than once, also between events. */
  conclude(): LedgerState
}

/** Everything that is known; `settle` makes a state of it. */
export interface Books {
  readonly accounts: ReadonlyMap<string, Account>
  readonly bytes: LineBytes
  readonly hops: HopBook
  readonly way: UnderWay
  /** Items that are in the ErrorTaskTable now. */
  readonly items: ReadonlyMap<string, ItemParked['tasks']>
  readonly strays: readonly Stray[]
  readonly counts: Readonly<Record<'failedPuts' | 'extraDeliveries' | 'altered' | 'neverOwed', number>>
  readonly startMs: number
  readonly endMs: number
}

const straysMax = 1000
/** Of objects whose put is not known (yet). */
const earlyMax = 1_000_000

/** `asyncRetryMs` as the scenario has it: the waits between attempts. */
export function ledger(asyncRetryMs: readonly number[] = [60_000, 120_000]): Ledger {
  const accounts = new Map<string, Account>()
  const bytes = lineBytes()
  const hops = hopBook()
  const way = underWay(Math.max(0, ...asyncRetryMs))
  const items = new Map<string, ItemParked['tasks']>()
  const strays: Stray[] = []
  const counts = { failedPuts: 0, extraDeliveries: 0, altered: 0, neverOwed: 0 }
  let early = 0
  let startMs: number | undefined
  let endMs = 0

  const accountOf = (object: string): Account => {
    const known = accounts.get(object)
    if (known !== undefined) return known
    const fresh = newAccount(object)
    accounts.set(object, fresh)
    return fresh
  }
  const accountsOf = (objects: readonly string[]) => [...new Set(objects)].filter((one) => one !== '').map(accountOf)

  const stray = (account: Account, first: number, last: number, why: Stray['why'], atMs: number) => {
    if (account.refused) return
    if (why === 'altered') counts.altered += last - first + 1
    else counts.neverOwed += last - first + 1
    if (strays.length < straysMax) strays.push({ object: account.object, first, last, why, atMs })
  }

  const put = (event: ObjectPut) => {
    const account = accountOf(event.object)
    if (event.error !== undefined) {
      counts.failedPuts++
      account.refused = !account.put
      return
    }
    if (account.put) return
    account.refused = false
    openAccount(account, event, bytes)
    const known = account.early ?? []
    account.early = undefined
    early -= known.length
    for (const one of known) deliver(account, one.line, one.last, one.altered, one.atMs)
  }

  const delivered = ({ object, line, last = line, altered = false, atMs }: LineDelivered) => {
    const account = accountOf(object)
    if (account.put) return deliver(account, line, last, altered, atMs)
    if (account.refused) return
    if (early < earlyMax) {
      account.early ??= []
      account.early.push({ line, last, altered, atMs })
      early++
    } else stray(account, line, last, 'unknown object', atMs)
  }

  const deliver = (account: Account, line: number, last: number, altered: boolean, atMs: number) => {
    if (account.dest === 'drop') return stray(account, line, last, 'dropped by routing', atMs)
    if (altered) stray(account, line, last, 'altered', atMs)
    if (line < 1) stray(account, line, Math.min(last, 0), 'beyond the last line', atMs)
    if (last > account.lines) stray(account, Math.max(line, account.lines + 1), last, 'beyond the last line', atMs)
    const wasWhole = isWhole(account)
    const lastOwed = Math.min(last, account.lines)
    for (let at = Math.max(line, 1); at <= lastOwed; at++) {
      const index = account.first + at - 1
      const before = bytes.deliver(index, altered)
      if (before > 0) counts.extraDeliveries++
      if (bytes.poison(index)) {
        // A reader that unpacks as it goes delivers what stands before the break; the object is to be parked all the same.
        if (!account.unreadable) stray(account, at, at, 'no parser can read it', atMs)
      } else if (before === 0) account.missing--
    }
    hops.addDelivery(notesOf(account), atMs, last - line + 1)
    if (wasWhole || !isWhole(account)) return
    account.work = undefined
    hops.whole(notesOf(account))
  }

  const park = (event: ItemParked) => {
    items.set(event.item, event.tasks)
    for (const { object, lines } of event.tasks) {
      const account = accountOf(object)
      account.parked ??= []
      account.parked.push(lines)
      account.itemsNow++
      hops.add(notesOf(account), hopOf(event), event.atMs)
    }
  }

  const unpark = (item: string): readonly Account[] => {
    const tasks = items.get(item) ?? []
    items.delete(item)
    for (const { object } of tasks) accountOf(object).itemsNow--
    return accountsOf(tasks.map(({ object }) => object))
  }

  const observe = (event: HistoryEvent): void => {
    if (event.scenario !== '') endMs = Math.max(endMs, event.atMs)
    switch (event.kind) {
      case 'scenario-started':
        startMs ??= event.atMs
        break
      case 'object-put':
        hops.add(notesOf(accountOf(event.object)), hopOf(event), event.atMs)
        put(event)
        break
      case 'line-delivered':
        delivered(event)
        break
      case 'record-in-lane':
        for (const account of accountsOf([event.object])) {
          hops.add(notesOf(account), hopOf(event), event.atMs)
          way.recordInLane(account, event)
        }
        break
      case 'function-invoked': {
        const about = accountsOf(event.objects)
        way.invoked(about, event)
        note(hops, about, event)
        break
      }
      case 'function-returned':
      case 'function-failed':
        note(hops, way.ended(event), event, event.durationMs)
        break
      case 'aws-called': {
        const about = accountsOf(event.objects)
        way.called(about, event)
        note(hops, about, event, event.atMs - event.startMs)
        break
      }
      case 'item-parked':
        unpark(event.item)
        park(event)
        break
      case 'item-drained':
        note(hops, unpark(event.item), event)
        break
    }
  }
  return {
    observe,
    conclude: () => settle({ accounts, bytes, hops, way, items, strays, counts, startMs: startMs ?? 0, endMs }),
  }
}

function note(
  hops: HopBook,
  accounts: readonly Account[],
  event: Parameters<typeof hopOf>[0],
  durationMs?: number,
): void {
  if (accounts.length === 0) return
  const hop = hopOf(event)
  for (const account of accounts) hops.add(notesOf(account), hop, event.atMs, durationMs)
}

/** What cannot be read at all owes at least itself, so that an object without a single line can be lost, too. */
function openAccount(account: Account, event: ObjectPut, bytes: LineBytes): void {
  const { unreadable, dest, poison } = event
  const owed = dest === 'drop' ? 0 : Math.max(event.lines, unreadable ? 1 : 0)
  account.put = true
  account.dest = dest
  account.unreadable = unreadable
  account.lines = owed
  account.first = bytes.allot(owed)
  account.putAtMs = event.atMs
  account.clean = poison.length === 0 && !unreadable
  account.missing = owed
  const bad: readonly LineRange[] = unreadable ? [{ first: 1, last: owed }] : poison
  for (const { first, last } of bad) {
    for (let line = Math.max(first, 1); line <= Math.min(last, owed); line++) {
      if (bytes.poison(account.first + line - 1)) continue
      bytes.setPoison(account.first + line - 1)
      account.missing--
    }
  }
}
