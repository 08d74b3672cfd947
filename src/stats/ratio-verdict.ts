// Judges a ratio expectation such as `>= 0.99` from a sample: pass when the exact 99.9 % bound proves it, fail when the
// opposite bound disproves it, else inconclusive with the number of requests that would tell. A sample that looks good is
// not enough, and one that looks bad is not either.

import type { Verdict } from '../core/verdict.ts'
import type { Comparison } from './comparison.ts'
import { ratioLowerBound, ratioUpperBound } from './exact-interval.ts'

const neededMax = 100_000_000

export interface RatioVerdict {
  readonly verdict: Verdict
  /** Exact one-sided bounds of the true ratio. */
  readonly lower: number
  readonly upper: number
  /**
   * When inconclusive: requests after which a sample with the same ratio would tell. Absent when the observed ratio lies
   * so close to the threshold that no reasonable number would.
   */
  readonly needed?: number
}

/** `expectation` is `>=`, `>`, `<=` or `<` with a ratio between 0 and 1; of nothing at all the verdict is inconclusive. */
export function judgeRatio(expectation: Comparison, hits: number, trials: number): RatioVerdict {
  if (trials <= 0) return { verdict: 'inconclusive', lower: 0, upper: 1, needed: requestsNeeded(expectation) }
  const lower = ratioLowerBound(hits, trials)
  const upper = ratioUpperBound(hits, trials)
  const verdict = decided(expectation, lower, upper)
  if (verdict !== 'inconclusive') return { verdict, lower, upper }
  const ratio = hits / trials
  const needed = smallest(trials, (count) => {
    const scaled = Math.round(ratio * count)
    return decided(expectation, ratioLowerBound(scaled, count), ratioUpperBound(scaled, count)) !== 'inconclusive'
  })
  return { verdict, lower, upper, ...(needed === undefined ? {} : { needed }) }
}

/** The smallest sample that proves the ratio if all goes perfectly; the planner refuses scenarios with fewer. */
export function requestsNeeded(expectation: Comparison): number {
  const perfect = (count: number) => (wantsHigh(expectation) ? count : 0)
  const needed = smallest(1, (count) => {
    const hits = perfect(count)
    return decided(expectation, ratioLowerBound(hits, count), ratioUpperBound(hits, count)) === 'pass'
  })
  return needed ?? Number.POSITIVE_INFINITY
}

function wantsHigh({ operator }: Comparison): boolean {
  return operator === '>=' || operator === '>'
}

function decided(expectation: Comparison, lower: number, upper: number): Verdict {
  const { value } = expectation
  if (wantsHigh(expectation)) return lower >= value ? 'pass' : upper < value ? 'fail' : 'inconclusive'
  return upper <= value ? 'pass' : lower > value ? 'fail' : 'inconclusive'
}

/** Doubles, then halves: `enough` is monotone but for rounding. */
function smallest(from: number, enough: (count: number) => boolean): number | undefined {
  let high = from
  while (!enough(high)) {
    high *= 2
    if (high > neededMax) return undefined
  }
  let low = from
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (enough(middle)) high = middle
    else low = middle + 1
  }
  return high
}
