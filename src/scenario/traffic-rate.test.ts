import { describe, expect, test } from 'vitest'
import type { TrafficRecord } from '../core/scenario-record.ts'
import { sampleTraffic } from './registry.sample.ts'
import { plannedRequests, ratePerSecondAt } from './traffic-rate.ts'

const planned = (...traffic: Partial<TrafficRecord>[]) =>
  plannedRequests(traffic.map((one) => ({ ...sampleTraffic, ...one })))

describe('plannedRequests', () => {
  test.each<[string, number, Partial<TrafficRecord>[]]>([
    ['none', 0, []],
    ['constant', 100, [{}]],
    ['constant, rounded as the generator does', 34, [{ ratePerSecond: 33.5 }]],
    ['Poisson, the mean rounded down', 33, [{ ratePerSecond: 33.9, arrivals: { kind: 'poisson' } }]],
    ['a window', 25, [{ fromMs: 500, untilMs: 750 }]],
    ['a ramp', 200, [{ arrivals: { kind: 'ramp', toPerSecond: 300 } }]],
    ['a step', 250, [{ arrivals: { kind: 'step', toPerSecond: 300, atMs: 250 } }]],
    ['several', 110, [{}, { ratePerSecond: 10 }]],
  ])('%s', (_title, expected, traffic) => {
    // 0.25 s at 100/s and 0.75 s at 300/s are 250.
    expect(planned(...traffic)).toBe(expected)
  })
})

test('the rate has two sides at a corner', () => {
  const step: TrafficRecord = { ...sampleTraffic, fromMs: 100, arrivals: { kind: 'step', toPerSecond: 7, atMs: 500 } }
  const at = (atMs: number) => [ratePerSecondAt(step, atMs, 'before'), ratePerSecondAt(step, atMs, 'after')]
  expect([at(99), at(100), at(300), at(500), at(1000), at(1001)]).toEqual([
    [0, 0],
    [0, 100],
    [100, 100],
    [100, 7],
    [7, 0],
    [0, 0],
  ])
})
