// From what the ledger has noted to what became of every line. Lost is what is left over: not delivered, not parked, and
// nobody at work on it.

import type { LineRange } from '../../core/history.ts'
import { type Account, covers } from './account.ts'
import type { Books } from './ledger.ts'
import type { LedgerState, LineFate, LineRun, Stray } from './ledger-state.ts'
import type { Evidence } from './under-way.ts'
import { witness } from './witness.ts'

const runsMax = 1000

export function settle(books: Books): LedgerState {
  const { accounts, bytes, items, counts } = books
  bytes.clearParked()
  for (const tasks of items.values()) {
    for (const { object, lines } of tasks) {
      const account = accounts.get(object)
      if (account !== undefined) markParked(account, lines, books)
    }
  }

  const fateOf = (account: Account, line: number, evidence: () => Evidence | undefined): LineFate => {
    const index = account.first + line - 1
    const deliveries = bytes.deliveries(index)
    // The readable beginning of an unreadable object may come through; the debt is the whole of it, parked.
    if (deliveries > 0 && !account.unreadable) return deliveries === 1 ? 'delivered once' : 'delivered more often'
    if (bytes.parked(index)) return 'parked'
    const working = evidence()
    return working !== undefined && covers(working.lines, line) ? 'in flight' : 'lost'
  }

  const tally: Record<LineFate, number> = {
    'delivered once': 0,
    'delivered more often': 0,
    parked: 0,
    'in flight': 0,
    lost: 0,
  }
  const lost = runList<LineRun>()
  const inFlight = runList<LineRun & { readonly why: string }>()
  const doubled = runList<LineRun>()
  const unknown: Stray[] = []
  const total = { objects: 0, dropped: 0, lines: 0, deliveredAndParked: 0, unknown: 0 }
  for (const account of accounts.values()) {
    if (!account.put) {
      for (const { line: first, last, atMs } of account.early ?? []) {
        total.unknown += last - first + 1
        if (unknown.length < runsMax) unknown.push({ object: account.object, first, last, why: 'unknown object', atMs })
      }
      continue
    }
    total.objects++
    if (account.dest === 'drop') total.dropped++
    total.lines += account.lines
    const evidence = lazily(() => evidenceFor(account, books))
    for (let line = 1; line <= account.lines; line++) {
      const fate = fateOf(account, line, evidence)
      tally[fate]++
      const index = account.first + line - 1
      if (fate.startsWith('delivered') && bytes.parked(index)) total.deliveredAndParked++
      if (fate === 'delivered once') continue
      const run = { object: account.object, first: line, last: line }
      if (fate === 'lost') lost.add(run)
      else if (fate === 'in flight') inFlight.add({ ...run, why: evidence()?.why ?? '' })
      else if (fate === 'delivered more often') doubled.add(run)
    }
  }

  return {
    objects: total.objects,
    dropped: total.dropped,
    failedPuts: counts.failedPuts,
    lines: total.lines,
    deliveredOnce: tally['delivered once'],
    deliveredMoreOften: tally['delivered more often'],
    parked: tally.parked,
    inFlight: tally['in flight'],
    lost: tally.lost,
    extraDeliveries: counts.extraDeliveries,
    deliveredAndParked: total.deliveredAndParked,
    altered: counts.altered,
    neverOwed: counts.neverOwed + total.unknown,
    lostRuns: lost.runs,
    inFlightRuns: inFlight.runs,
    doubledRuns: doubled.runs,
    strays: [...books.strays, ...unknown].slice(0, runsMax),
    fate(object, line) {
      const account = accounts.get(object)
      if (account === undefined || !account.put || line < 1 || line > account.lines) return undefined
      return fateOf(account, line, () => evidenceFor(account, books))
    },
    path(object, line) {
      const account = accounts.get(object)
      const fate = this.fate(object, line)
      return witness(books, account, line, fate, account === undefined ? undefined : evidenceFor(account, books))
    },
  }
}

function markParked(account: Account, lines: readonly LineRange[] | undefined, { bytes }: Books): void {
  for (const { first, last } of lines ?? [{ first: 1, last: account.lines }]) {
    for (let line = Math.max(first, 1); line <= Math.min(last, account.lines); line++) {
      bytes.setParked(account.first + line - 1)
    }
  }
}

function evidenceFor(account: Account, { way, endMs }: Books): Evidence | undefined {
  return way.evidence(account, endMs, account.parked !== undefined && account.itemsNow === 0)
}

/** Neighbours become one run; beyond the limit nothing is kept, for the figures count it anyway. */
function runList<Run extends LineRun>() {
  const runs: Run[] = []
  return {
    runs,
    add(run: Run) {
      const last = runs.at(-1)
      if (last !== undefined && last.object === run.object && last.last === run.first - 1) {
        runs[runs.length - 1] = { ...last, last: run.last }
      } else if (runs.length < runsMax) runs.push(run)
    },
  }
}

function lazily<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
