// The bounds on Poisson counts are exact tails of the distribution at 1e-10 a side, so a right plan passes any seed that
// fast-check may draw, and a wrong rate does not.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ArrivalsRecord, TrafficRecord } from '../core/scenario-record.ts'
import { planArrivals } from './arrivals.ts'

const tail = 1e-10

const arrivals: fc.Arbitrary<ArrivalsRecord> = fc.oneof(
  fc.constant<ArrivalsRecord>({ kind: 'constant' }),
  fc.constant<ArrivalsRecord>({ kind: 'poisson' }),
  fc.double({ min: 0, max: 800, noNaN: true }).map((toPerSecond): ArrivalsRecord => ({ kind: 'ramp', toPerSecond })),
  fc
    .record({ toPerSecond: fc.double({ min: 0, max: 800, noNaN: true }), atMs: fc.integer({ min: 0, max: 4000 }) })
    .map((step): ArrivalsRecord => ({ kind: 'step', ...step })),
)

const traffic: fc.Arbitrary<TrafficRecord> = fc
  .record({
    ratePerSecond: fc.double({ min: 0, max: 800, noNaN: true }),
    arrivals,
    fromMs: fc.integer({ min: 0, max: 2000 }),
    lengthMs: fc.integer({ min: 1, max: 2000 }),
  })
  .map(({ ratePerSecond, arrivals, fromMs, lengthMs }) => ({
    request: { host: 'user', method: 'GET', path: '/', headers: {}, bodyBytes: 0 },
    ratePerSecond,
    arrivals,
    timeoutMs: 1000,
    fromMs,
    untilMs: fromMs + lengthMs,
  }))

const seed = fc.stringMatching(/^[0-9a-f]{8}$/)

function expectedCount({ arrivals, ratePerSecond, fromMs, untilMs }: TrafficRecord): number {
  const lengthMs = untilMs - fromMs
  if (arrivals.kind === 'ramp') return (((ratePerSecond + arrivals.toPerSecond) / 2) * lengthMs) / 1000
  if (arrivals.kind !== 'step') return (ratePerSecond * lengthMs) / 1000
  const firstMs = Math.min(Math.max(arrivals.atMs - fromMs, 0), lengthMs)
  return (ratePerSecond * firstMs + arrivals.toPerSecond * (lengthMs - firstMs)) / 1000
}

/** The largest range of counts outside of which a Poisson variable falls with less than `tail` on each side. */
function poissonBounds(mean: number): { readonly least: number; readonly most: number } {
  let logTerm = -mean
  let below = Math.exp(logTerm)
  let count = 0
  while (below < tail) {
    count++
    logTerm += Math.log(mean / count)
    below += Math.exp(logTerm)
  }
  const least = count
  // From far above the mean downwards, so that the small tail is summed exactly.
  let top = Math.ceil(mean + 12 * Math.sqrt(mean) + 40)
  let logTop = -mean
  for (let step = 1; step <= top; step++) logTop += Math.log(mean / step)
  let above = Math.exp(logTop)
  while (above < tail) {
    logTop += Math.log(top / mean)
    above += Math.exp(logTop)
    top--
  }
  return { least, most: top }
}

describe('planArrivals', () => {
  it('is sorted and inside the window', () => {
    fc.assert(
      fc.property(traffic, seed, (record, seed) => {
        const times = planArrivals(record, seed, 'a')
        let previousMs = record.fromMs
        for (const timeMs of times) {
          if (!(timeMs >= previousMs && timeMs < record.untilMs)) expect.fail(`${timeMs} after ${previousMs}`)
          previousMs = timeMs
        }
      }),
    )
  })

  it('has the exact number but for Poisson, which stays within its exact bounds', () => {
    fc.assert(
      fc.property(traffic, seed, (record, seed) => {
        const { length } = planArrivals(record, seed, 'a')
        const mean = expectedCount(record)
        const { least, most } =
          record.arrivals.kind === 'poisson' && mean > 0
            ? poissonBounds(mean)
            : { least: mean - 0.5 - 1e-9, most: mean + 0.5 + 1e-9 }
        expect(length).toBeGreaterThanOrEqual(least)
        expect(length).toBeLessThanOrEqual(most)
      }),
      { numRuns: 300 },
    )
  })

  it('gives the same times for the same seed and name, others for another seed or name', () => {
    fc.assert(
      fc.property(traffic, seed, (record, seed) => {
        const times = planArrivals(record, seed, 'a')
        expect(planArrivals(record, seed, 'a')).toEqual(times)
        if (times.length === 0) return
        expect(planArrivals(record, seed, 'b')).not.toEqual(times)
        expect(planArrivals(record, `${seed}0`, 'a')).not.toEqual(times)
      }),
    )
  })
})

describe('Poisson arrivals over 400 seeds', () => {
  const record: TrafficRecord = {
    request: { host: 'user', method: 'GET', path: '/', headers: {}, bodyBytes: 0 },
    ratePerSecond: 50,
    arrivals: { kind: 'poisson' },
    timeoutMs: 1000,
    fromMs: 0,
    untilMs: 1000,
  }
  const seeds = Array.from({ length: 400 }, (_, index) => index.toString(16).padStart(8, '0'))
  const counts = (name: string) => seeds.map((seed) => planArrivals(record, seed, name).length)

  it('have a variance equal to their mean', () => {
    const all = counts('a')
    const mean = all.reduce((sum, count) => sum + count, 0) / all.length
    const variance = all.reduce((sum, count) => sum + (count - mean) ** 2, 0) / (all.length - 1)
    // The ratio has mean 1 and standard deviation sqrt(2 / 399) = 0.071.
    expect(Math.abs(variance / mean - 1)).toBeLessThan(0.35)
  })

  it('of two names are uncorrelated and never at the same time', () => {
    const left = counts('a')
    const right = counts('b')
    const covariance =
      left.reduce((sum, count, index) => sum + (count - 50) * ((right[index] ?? 0) - 50), 0) / left.length
    // The correlation has mean 0 and standard deviation 1 / sqrt(400) = 0.05.
    expect(Math.abs(covariance / 50)).toBeLessThan(0.25)
    const times = new Set(planArrivals(record, '00000000', 'a'))
    expect(planArrivals(record, '00000000', 'b').filter((time) => times.has(time))).toEqual([])
  })
})
