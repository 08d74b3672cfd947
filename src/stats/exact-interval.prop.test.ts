import binomialCdf from '@stdlib/stats-base-dists-binomial-cdf'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { binomialTwoSided, ratioLowerBound, ratioUpperBound, verdictAlpha } from './exact-interval.ts'

const sample = fc
  .integer({ min: 1, max: 20_000 })
  .chain((trials) => fc.record({ trials: fc.constant(trials), hits: fc.integer({ min: 0, max: trials }) }))

/** The relative error that the library's quantile and distribution function have together. */
const digits = 1e-6

test('at its lower bound a sample as good as this one has exactly the chance alpha', () => {
  fc.assert(
    fc.property(sample, ({ hits, trials }) => {
      const lower = ratioLowerBound(hits, trials)
      fc.pre(hits > 0)
      // P(X >= hits) = P(misses <= trials - hits)
      const chance = binomialCdf(trials - hits, trials, 1 - lower)
      expect(Math.abs(chance / verdictAlpha - 1)).toBeLessThan(digits)
    }),
  )
})

test('at its upper bound a sample as bad as this one has exactly the chance alpha', () => {
  fc.assert(
    fc.property(sample, ({ hits, trials }) => {
      const upper = ratioUpperBound(hits, trials)
      fc.pre(hits < trials)
      const chance = binomialCdf(hits, trials, upper)
      expect(Math.abs(chance / verdictAlpha - 1)).toBeLessThan(digits)
    }),
  )
})

test('where nothing or everything hits, one bound is the end of the scale', () => {
  expect(ratioLowerBound(0, 50)).toBe(0)
  expect(ratioUpperBound(50, 50)).toBe(1)
})

test('the bounds mirror each other and enclose what was observed', () => {
  fc.assert(
    fc.property(sample, ({ hits, trials }) => {
      const lower = ratioLowerBound(hits, trials)
      expect(lower).toBeLessThanOrEqual(hits / trials)
      expect(ratioUpperBound(hits, trials)).toBeGreaterThanOrEqual(hits / trials)
      expect(lower).toBeCloseTo(1 - ratioUpperBound(trials - hits, trials), 9)
    }),
  )
})

test('the two-sided chance is that of a naive sum', () => {
  const binomial = (trials: number, ratio: number) => {
    const chances = [(1 - ratio) ** trials]
    for (let hit = 1; hit <= trials; hit++) {
      chances.push(((chances[hit - 1] ?? 0) * (trials - hit + 1) * ratio) / (hit * (1 - ratio)))
    }
    return chances
  }
  const sum = (chances: readonly number[]) => chances.reduce((total, chance) => total + chance, 0)
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 0, max: 60 }),
      fc.double({ min: 0.05, max: 0.95, noNaN: true }),
      (trials, some, ratio) => {
        const hits = Math.min(some, trials)
        const chances = binomial(trials, ratio)
        const expected = Math.min(1, 2 * Math.min(sum(chances.slice(0, hits + 1)), sum(chances.slice(hits))))
        expect(binomialTwoSided(hits, trials, ratio)).toBeCloseTo(expected, 9)
      },
    ),
  )
})

test('a ratio of 1 allows no miss', () => {
  expect(binomialTwoSided(100, 100, 1)).toBe(1)
  expect(binomialTwoSided(99, 100, 1)).toBe(0)
})
