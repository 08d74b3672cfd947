import { expect, test } from 'vitest'
import { collect, ended, request, retried, started } from './collected-requests.ts'

test('counts requests, attempts, outcomes and latency', () => {
  const { first, second } = collect([
    started,
    ...retried,
    ...request('r2', 1200, 503, [{ startMs: 1200, endMs: 1204, code: 503 }]),
    ended,
  ])
  expect(first.requests).toEqual({
    sent: 2,
    succeeded: 1,
    failed: 1,
    attempts: 4,
    byOutcome: { 200: 1, 503: 1 },
    byAttempts: { 1: 1, 3: 1 },
  })
  expect(first.durationMs).toBe(3000)
  expect(first.configChanges).toEqual(['/admin: moved'])
  expect(first.latency.maxMs).toBeCloseTo(81.5)
  expect(first.latency.p50Ms).toBeCloseTo(5.5, 1)
  expect(first.sendLag.maxMs).toBeCloseTo(0.5)
  expect(first.histogram.map((cell) => cell.count).reduce((sum, count) => sum + count, 0)).toBe(2)
  expect(second.requests.sent).toBe(0)
})

test('puts requests into the bin of their intended send time', () => {
  const { first } = collect([started, ...retried, ended])
  expect(first.binMs).toBe(50)
  expect(first.series).toHaveLength(60)
  expect(first.series[1]).toMatchObject({ fromMs: 50, sent: 1, failed: 0, attempts: 3, maxMs: 81.5 })
  expect(first.series[2]).toEqual({ fromMs: 100, sent: 0, failed: 0, attempts: 0 })
})
