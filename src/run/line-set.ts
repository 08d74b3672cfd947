// A set of line numbers as ranges, so that a million lines that are delivered in order cost one entry.

import type { LineRange } from '../core/history.ts'

export interface LineSet {
  /** How many lines are in it. */
  count(): number
  add(range: LineRange): void
  remove(range: LineRange): void
  /** The parts of `range` that are not in it. */
  gaps(range: LineRange): readonly LineRange[]
}

export function lineSet(): LineSet {
  // Ascending, apart from each other by at least one line.
  const ranges: LineRange[] = []
  let lines = 0
  /** Index of the first range that ends at `line` or later. */
  const at = (line: number): number => {
    // Lines mostly come in order, so the end is looked at first.
    if ((ranges.at(-1)?.last ?? 0) < line) return ranges.length
    let low = 0
    let high = ranges.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((ranges[middle]?.last ?? 0) < line) low = middle + 1
      else high = middle
    }
    return low
  }
  const replace = (from: number, count: number, by: readonly LineRange[]) => {
    for (const removed of ranges.splice(from, count, ...by)) lines -= length(removed)
    for (const added of by) lines += length(added)
  }
  /** Index from and number of the ranges that share a line with `range`, or would if it were one longer at each end. */
  const touched = (range: LineRange, margin: 0 | 1) => {
    const from = at(range.first - margin)
    let until = from
    while ((ranges[until]?.first ?? Number.POSITIVE_INFINITY) <= range.last + margin) until++
    return { from, count: until - from }
  }
  return {
    count: () => lines,
    add(range) {
      if (range.last < range.first) return
      const { from, count } = touched(range, 1)
      const first = Math.min(range.first, ranges[from]?.first ?? range.first)
      const last = Math.max(range.last, ranges[from + count - 1]?.last ?? range.last)
      replace(from, count, [count === 0 ? range : { first, last }])
    },
    remove(range) {
      const { from, count } = touched(range, 0)
      const [left, right] = [ranges[from], ranges[from + count - 1]]
      if (count === 0 || left === undefined || right === undefined) return
      const kept = [
        { first: left.first, last: range.first - 1 },
        { first: range.last + 1, last: right.last },
      ]
      replace(from, count, kept.filter(isSome))
    },
    gaps(range) {
      const { from, count } = touched(range, 0)
      const found: LineRange[] = []
      let next = range.first
      for (const { first, last } of ranges.slice(from, from + count)) {
        found.push({ first: next, last: first - 1 })
        next = last + 1
      }
      found.push({ first: next, last: range.last })
      return found.filter(isSome)
    },
  }
}

const length = ({ first, last }: LineRange): number => last - first + 1
const isSome = ({ first, last }: LineRange): boolean => first <= last
