import { describe, expect, it } from 'vitest'
import { Histogram, highestTrackableMs } from './histogram.ts'

function histogramOf(valuesMs: readonly number[]): Histogram {
  const histogram = new Histogram()
  for (const valueMs of valuesMs) histogram.record(valueMs)
  return histogram
}

describe('Histogram', () => {
  it('is all zero when empty', () => {
    const empty = new Histogram()
    expect(empty.spread()).toEqual({ count: 0, p50Ms: 0, p90Ms: 0, p99Ms: 0, p999Ms: 0, maxMs: 0, meanMs: 0 })
    expect(empty.countsByEdges([1, 2])).toEqual([0, 0, 0])
  })

  it('keeps mean and maximum exactly', () => {
    const histogram = histogramOf([0.25, 1, 1234.567])
    expect(histogram.maxMs).toBe(1234.567)
    expect(histogram.meanMs).toBeCloseTo((0.25 + 1 + 1234.567) / 3, 9)
  })

  it('clamps what is above 120 s, counts it and does not throw', () => {
    const histogram = histogramOf([10, 120_001, 1e9, Number.POSITIVE_INFINITY])
    expect(histogram.clamped).toBe(3)
    expect(histogram.count).toBe(4)
    expect(histogram.maxMs).toBe(highestTrackableMs)
    expect(histogram.percentileMs(100)).toBe(highestTrackableMs)
  })

  it('takes negative values as 0 and refuses NaN', () => {
    expect(histogramOf([-3]).maxMs).toBe(0)
    expect(() => new Histogram().record(Number.NaN)).toThrow(RangeError)
    expect(() => new Histogram().percentileMs(101)).toThrow(RangeError)
  })

  it('counts between edges, an edge belonging to the upper side', () => {
    expect(histogramOf([1, 9.5, 10, 50, 99.5, 100, 5000]).countsByEdges([10, 100])).toEqual([2, 3, 2])
    expect(histogramOf([1, 2, 3]).countsByEdges([])).toEqual([3])
    expect(histogramOf([1, 2, 3]).countsByEdges([200_000])).toEqual([3, 0])
  })
})
