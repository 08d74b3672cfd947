import fc from 'fast-check'
import { expect, test } from 'vitest'
import { comparison } from './comparison.ts'
import { judgeRatio, requestsNeeded } from './ratio-verdict.ts'

const atLeast99 = comparison('>= 0.99', 'number')
const atMost5 = comparison('<= 0.05', 'number')

test('the smallest samples that can prove a ratio', () => {
  // ln(0.001) / ln(0.99) = 687.3
  expect(requestsNeeded(atLeast99)).toBe(688)
  expect(judgeRatio(atLeast99, 688, 688).verdict).toBe('pass')
  expect(judgeRatio(atLeast99, 687, 687).verdict).toBe('inconclusive')
  // ln(0.001) / ln(0.95) = 134.7
  expect(requestsNeeded(atMost5)).toBe(135)
  expect(judgeRatio(atMost5, 0, 135).verdict).toBe('pass')
  expect(requestsNeeded(comparison('>= 0.5', 'number'))).toBe(10)
})

test('proven, disproven, and neither with the number that would tell', () => {
  expect(judgeRatio(atLeast99, 4990, 5000)).toMatchObject({ verdict: 'pass' })
  expect(judgeRatio(atLeast99, 4800, 5000)).toMatchObject({ verdict: 'fail' })
  const { verdict, needed } = judgeRatio(atLeast99, 995, 1000)
  expect(verdict).toBe('inconclusive')
  expect(judgeRatio(atLeast99, Math.round((needed ?? 0) * 0.995), needed ?? 0).verdict).toBe('pass')
  expect(needed).toBeGreaterThan(3000)
  expect(needed).toBeLessThan(6000)
})

test('of nothing it is inconclusive, and on the threshold no number would tell', () => {
  expect(judgeRatio(atLeast99, 0, 0)).toEqual({ verdict: 'inconclusive', lower: 0, upper: 1, needed: 688 })
  expect(judgeRatio(atLeast99, 990, 1000)).toMatchObject({ verdict: 'inconclusive' })
  expect(judgeRatio(atLeast99, 990, 1000)).not.toHaveProperty('needed')
})

test('more hits never make an expectation of many hits worse, nor one of few better', () => {
  const order = { fail: 0, inconclusive: 1, pass: 2 }
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 3000 }),
      fc.nat(),
      fc.double({ min: 0.01, max: 0.99, noNaN: true }),
      (trials, some, value) => {
        const hits = some % trials
        const high = { operator: '>=', value, text: '' } as const
        const low = { operator: '<=', value, text: '' } as const
        expect(order[judgeRatio(high, hits + 1, trials).verdict]).toBeGreaterThanOrEqual(
          order[judgeRatio(high, hits, trials).verdict],
        )
        expect(order[judgeRatio(low, hits + 1, trials).verdict]).toBeLessThanOrEqual(
          order[judgeRatio(low, hits, trials).verdict],
        )
      },
    ),
    { numRuns: 50 },
  )
})

test('a sample below the needed size never passes', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.5, max: 0.999, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (value, share) => {
        const expectation = { operator: '>=', value, text: '' } as const
        const trials = Math.floor((requestsNeeded(expectation) - 1) * share)
        expect(judgeRatio(expectation, trials, trials).verdict).not.toBe('pass')
      },
    ),
    { numRuns: 50 },
  )
})
