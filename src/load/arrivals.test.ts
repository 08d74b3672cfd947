import { describe, expect, it } from 'vitest'
import { InputError } from '../core/errors.ts'
import type { ArrivalsRecord, TrafficRecord } from '../core/scenario-record.ts'
import { planArrivals } from './arrivals.ts'

function traffic(ratePerSecond: number, arrivals: ArrivalsRecord, fromMs = 0, untilMs = 2000): TrafficRecord {
  return {
    request: { host: 'user', method: 'GET', path: '/', headers: {}, bodyBytes: 0 },
    ratePerSecond,
    arrivals,
    timeoutMs: 1000,
    fromMs,
    untilMs,
  }
}

function countWithin(timesMs: readonly number[], fromMs: number, untilMs: number): number {
  return timesMs.filter((timeMs) => timeMs >= fromMs && timeMs < untilMs).length
}

describe('planArrivals', () => {
  it('spaces constant arrivals evenly, from a phase of their own', () => {
    const times = planArrivals(traffic(100, { kind: 'constant' }), 'seed', 'a')
    expect(times).toHaveLength(200)
    for (const [index, time] of times.entries()) expect(time - (times[0] ?? 0)).toBeCloseTo(index * 10, 6)
    expect(planArrivals(traffic(100, { kind: 'constant' }), 'seed', 'b')[0]).not.toBe(times[0])
  })

  it('ramps linearly: the first half of 0 to 400/s holds a quarter', () => {
    const times = planArrivals(traffic(0, { kind: 'ramp', toPerSecond: 400 }), 'seed', 'a')
    expect(times).toHaveLength(400)
    expect(Math.abs(countWithin(times, 0, 1000) - 100)).toBeLessThanOrEqual(1)
  })

  it('ramps down to nothing', () => {
    const times = planArrivals(traffic(400, { kind: 'ramp', toPerSecond: 0 }), 'seed', 'a')
    expect(times).toHaveLength(400)
    expect(Math.abs(countWithin(times, 0, 1000) - 300)).toBeLessThanOrEqual(1)
  })

  it('steps at the given time, which counts from the scenario start', () => {
    const step: ArrivalsRecord = { kind: 'step', toPerSecond: 500, atMs: 1500 }
    const times = planArrivals(traffic(100, step, 500, 2500), 'seed', 'a')
    expect(times).toHaveLength(100 + 500)
    expect(Math.abs(countWithin(times, 500, 1500) - 100)).toBeLessThanOrEqual(1)
    expect(Math.abs(countWithin(times, 1500, 2500) - 500)).toBeLessThanOrEqual(1)
  })

  it('steps before or after the window have no or the whole effect', () => {
    expect(planArrivals(traffic(100, { kind: 'step', toPerSecond: 500, atMs: 0 }, 500, 1500), 's', 'a')).toHaveLength(
      500,
    )
    expect(
      planArrivals(traffic(100, { kind: 'step', toPerSecond: 500, atMs: 9000 }, 500, 1500), 's', 'a'),
    ).toHaveLength(100)
  })

  it('plans nothing for an empty window or a rate of 0', () => {
    for (const kind of ['constant', 'poisson'] as const) {
      expect(planArrivals(traffic(100, { kind }, 500, 500), 'seed', 'a')).toEqual([])
      expect(planArrivals(traffic(0, { kind }), 'seed', 'a')).toEqual([])
    }
  })

  it('refuses more than a million requests', () => {
    expect(() => planArrivals(traffic(1e9, { kind: 'constant' }), 'seed', 'a')).toThrow(InputError)
    expect(() => planArrivals(traffic(Number.NaN, { kind: 'constant' }), 'seed', 'a')).toThrow(InputError)
  })
})
