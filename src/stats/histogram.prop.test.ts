import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Histogram } from './histogram.ts'

const valuesMs = fc.array(fc.double({ min: 0.001, max: 119_000, noNaN: true }), { minLength: 1, maxLength: 300 })

function histogramOf(values: readonly number[]): Histogram {
  const histogram = new Histogram()
  for (const value of values) histogram.record(value)
  return histogram
}

describe('Histogram', () => {
  it('gives the nearest-rank percentile within 0.1 % and the rounding to 1 us', () => {
    fc.assert(
      fc.property(valuesMs, fc.integer({ min: 1, max: 100 }), (values, percent) => {
        const sorted = [...values].sort((left, right) => left - right)
        const exact = sorted[Math.ceil((percent / 100) * sorted.length) - 1] ?? Number.NaN
        expect(Math.abs(histogramOf(values).percentileMs(percent) - exact)).toBeLessThanOrEqual(0.001 * exact + 0.001)
      }),
    )
  })

  it('merged, is the same as one that took all values', () => {
    fc.assert(
      fc.property(valuesMs, valuesMs, (left, right) => {
        const merged = histogramOf(left)
        merged.merge(histogramOf(right))
        const whole = histogramOf([...left, ...right])
        const { meanMs, ...rest } = merged.spread()
        const { meanMs: wholeMeanMs, ...wholeRest } = whole.spread()
        expect(rest).toEqual(wholeRest)
        expect(meanMs).toBeCloseTo(wholeMeanMs, 2)
      }),
    )
  })

  it('counts every value once, whatever the edges', () => {
    fc.assert(
      fc.property(
        valuesMs,
        fc.array(fc.double({ min: 0, max: 130_000, noNaN: true }), { maxLength: 8 }),
        (values, edges) => {
          const ascending = [...edges].sort((left, right) => left - right)
          const counts = histogramOf(values).countsByEdges(ascending)
          expect(counts.reduce((sum, count) => sum + count, 0)).toBe(values.length)
          for (const [index, edge] of ascending.entries()) {
            const below = counts.slice(0, index + 1).reduce((sum, count) => sum + count, 0)
            const surelyBelow = values.filter((value) => value < edge * 0.998 - 0.001).length
            const surelyAbove = values.filter((value) => value > edge * 1.002 + 0.001).length
            expect(below).toBeGreaterThanOrEqual(surelyBelow)
            expect(below).toBeLessThanOrEqual(values.length - surelyAbove)
          }
        },
      ),
    )
  })
})
