// Exact (Clopper-Pearson) bounds for the ratio behind `hits` out of `trials`, and the exact binomial test. Each bound is
// one-sided: the true ratio is beyond it with a chance of at most 1 - confidence. No normal approximation anywhere.

import betaQuantile from '@stdlib/stats-base-dists-beta-quantile'
import binomialCdf from '@stdlib/stats-base-dists-binomial-cdf'

/** The chance of being wrong that a verdict may have. */
export const verdictAlpha = 0.001

/** The chance with which a check of shares accuses a run in which all is as declared. */
export const falseAlarmAlpha = 1e-4

/** So many trials that no hit at all would refute this ratio, at a false alarm of `falseAlarmAlpha`. */
export function trialsToTellFromNone(ratio: number): number {
  return ratio === 1 ? 1 : Math.ceil(Math.log(falseAlarmAlpha / 2) / Math.log(1 - ratio))
}

/** The true ratio is at least this, but for a chance of `alpha`. */
export function ratioLowerBound(hits: number, trials: number, alpha = verdictAlpha): number {
  return hits <= 0 ? 0 : betaQuantile(alpha, hits, trials - hits + 1)
}

/** The true ratio is at most this, but for a chance of `alpha`. */
export function ratioUpperBound(hits: number, trials: number, alpha = verdictAlpha): number {
  return hits >= trials ? 1 : betaQuantile(1 - alpha, hits + 1, trials - hits)
}

/**
 * How likely a count at least as far out on its side is, doubled for the two sides, if each trial hits with `ratio`.
 * At most 1.
 */
export function binomialTwoSided(hits: number, trials: number, ratio: number): number {
  const atMost = binomialCdf(hits, trials, ratio)
  const atLeast = hits <= 0 ? 1 : binomialCdf(trials - hits, trials, 1 - ratio)
  return Math.min(1, 2 * Math.min(atMost, atLeast))
}
