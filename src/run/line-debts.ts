// What a pipeline still owes: lines that are neither delivered nor parked. After a drain an item's lines are owed again,
// but for those that were delivered, or parked under another item, before we saw the item gone: Drain puts a record back
// first and deletes the item afterwards. This is for waiting only; the verdict is the ledger's.

import type { ItemDrained, ItemParked, LineDelivered, LineRange, ObjectPut } from '../core/history.ts'
import { type LineSet, lineSet } from './line-set.ts'

export interface LineDebts {
  put(event: Omit<ObjectPut, 'seq'>): void
  delivered(event: Omit<LineDelivered, 'seq'>): void
  parked(event: Omit<ItemParked, 'seq'>): void
  drained(event: Omit<ItemDrained, 'seq'>): void
  /** A function has been through with these objects, which is all that an empty one needs. */
  handled(objects: readonly string[]): void
  owed(): { readonly lines: number; readonly objects: number; readonly emptyObjects: number }
}

interface Debtor {
  /** Unknown before S3 has answered: lines may be delivered before that. */
  lines: number | undefined
  readonly done: LineSet
  /** Delivered since an item of this object was seen parked. */
  readonly again: LineSet
  readonly items: Map<string, readonly LineRange[]>
  handled: boolean
  /** What it adds to the sums. */
  owedLines: number
  owedEmpty: boolean
}

export function lineDebts(): LineDebts {
  const debtors = new Map<string, Debtor>()
  const itemObjects = new Map<string, readonly string[]>()
  const sums = { lines: 0, objects: 0, emptyObjects: 0 }
  const debtorOf = (object: string): Debtor => {
    const found = debtors.get(object) ?? newDebtor()
    debtors.set(object, found)
    return found
  }
  /** Changes a debtor and keeps the sums. */
  const change = (object: string, by: (debtor: Debtor) => void) => {
    const debtor = debtorOf(object)
    by(debtor)
    const { lines, done, handled } = debtor
    const owedLines = lines === undefined ? 0 : Math.max(0, lines - done.count())
    const owedEmpty = lines === 0 && !handled
    sums.lines += owedLines - debtor.owedLines
    sums.objects += Number(owedLines > 0) - Number(debtor.owedLines > 0)
    sums.emptyObjects += Number(owedEmpty) - Number(debtor.owedEmpty)
    debtor.owedLines = owedLines
    debtor.owedEmpty = owedEmpty
  }
  return {
    put({ object, lines, dest, error }) {
      if (error !== undefined) return
      change(object, (debtor) => {
        debtor.lines = dest === 'drop' ? 0 : lines
        if (dest === 'drop') debtor.handled = true
        // What was told before the put may go beyond its end.
        for (const set of [debtor.done, debtor.again]) set.remove({ first: debtor.lines + 1, last: linesMax })
      })
    },
    delivered({ object, line, last = line }) {
      change(object, (debtor) => {
        const range = within({ first: line, last }, debtor)
        debtor.done.add(range)
        if (debtor.items.size > 0) debtor.again.add(range)
      })
    },
    parked({ item, tasks }) {
      itemObjects.set(item, [...new Set(tasks.map(({ object }) => object))])
      for (const { object, lines } of tasks) {
        change(object, (debtor) => {
          const ranges = lines ?? whole
          debtor.items.set(item, [...(debtor.items.get(item) ?? []), ...ranges])
          for (const range of ranges) {
            const bounded = within(range, debtor)
            debtor.done.add(bounded)
            debtor.again.remove(bounded)
          }
          debtor.handled = true
        })
      }
    },
    drained({ item }) {
      for (const object of itemObjects.get(item) ?? []) change(object, (debtor) => oweAgain(debtor, item))
      itemObjects.delete(item)
    },
    handled(objects) {
      for (const object of objects) {
        change(object, (debtor) => {
          debtor.handled = true
        })
      }
    },
    owed: () => sums,
  }
}

/** An object is at most this long; what is parked as a whole before its put was told has no other end. */
const linesMax = 1_000_000_000
const whole: readonly LineRange[] = [{ first: 1, last: linesMax }]

const within = ({ first, last }: LineRange, { lines }: Debtor): LineRange => ({
  first,
  last: Math.min(last, lines ?? linesMax),
})

const newDebtor = (): Debtor => ({
  lines: undefined,
  done: lineSet(),
  again: lineSet(),
  items: new Map(),
  handled: false,
  owedLines: 0,
  owedEmpty: false,
})

function oweAgain(debtor: Debtor, item: string): void {
  const ranges = debtor.items.get(item) ?? []
  debtor.items.delete(item)
  const elsewhere = [...debtor.items.values()].flat()
  for (const range of ranges) {
    for (const gap of debtor.again.gaps(within(range, debtor))) debtor.done.remove(gap)
  }
  for (const range of elsewhere) debtor.done.add(within(range, debtor))
}
