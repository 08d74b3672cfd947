import { describe, expect, test } from 'vitest'
import { binomialTwoSided } from '../../stats/exact-interval.ts'
import { serviceTimeMs } from './service-time.ts'

const shape = { p50Ms: 3, p99Ms: 20 }
const times = (count: number, seed = 'seed', attempt = 1) =>
  Array.from({ length: count }, (_, index) => serviceTimeMs(seed, `r-${index}`, attempt, shape))
const countAbove = (values: readonly number[], limit: number) => values.filter((value) => value > limit).length

test('the same request and attempt always take the same time, others take others', () => {
  expect(times(100)).toEqual(times(100))
  expect(new Set([...times(100), ...times(100, 'seed', 2), ...times(100, 'other')]).size).toBe(300)
})

describe('distribution', () => {
  // How many of n are above a quantile is binomial, whatever the distribution: these bounds are exact.
  const count = 20_000
  test.each([
    [0.5, shape.p50Ms],
    [0.01, shape.p99Ms],
  ])('a share of %d is above %d ms', (share, limitMs) => {
    for (const attempt of [1, 2, 3]) {
      // The seed is fixed, so this either always holds or never.
      expect(binomialTwoSided(countAbove(times(count, 'seed', attempt), limitMs), count, share)).toBeGreaterThan(0.001)
    }
  })

  test('p99 at or below p50 means constant', () => {
    expect(serviceTimeMs('s', 'r', 1, { p50Ms: 5, p99Ms: 5 })).toBe(5)
    expect(serviceTimeMs('s', 'r', 1, { p50Ms: 0, p99Ms: 50 })).toBe(0)
  })

  test('nothing takes longer than an hour', () => {
    const wide = Array.from({ length: 2000 }, (_, index) =>
      serviceTimeMs('s', `r-${index}`, 1, { p50Ms: 1, p99Ms: 3_600_000 }),
    )
    expect(Math.max(...wide)).toBe(3_600_000)
    expect(wide.every((time) => time > 0)).toBe(true)
  })
})
