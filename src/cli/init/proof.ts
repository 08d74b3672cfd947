// What a sample can prove, and how many hits chance may bring: exact bounds, so that a generated threshold is neither
// refused by the planner nor missed by bad luck.

import binomialCdf from '@stdlib/stats-base-dists-binomial-cdf'
import { ratioLowerBound } from '../../stats/exact-interval.ts'

const missedByChance = 1e-6

/** The highest ratio, in hundredths, that `trials` prove with so many failures. */
export function provableRatio(trials: number, failures: number): number {
  const bound = ratioLowerBound(Math.max(0, trials - failures), trials)
  return Math.max(0.01, Math.floor(bound * 100) / 100)
}

/** So many hits out of `trials` are exceeded with a chance of at most one in a million. */
export function quantileAbove(trials: number, ratio: number): number {
  for (let hits = Math.floor(trials * ratio); hits < trials; hits++) {
    if (1 - binomialCdf(hits, trials, ratio) <= missedByChance) return hits
  }
  return trials
}
