import { describe, expect, test } from 'vitest'
import type { NewEvent } from '../core/history.ts'
import { type SyntheticRequest, syntheticRun } from '../core/synthetic-history.ts'
import { latency } from './latency.ts'
import { runCheck } from './run-check.ts'

const requests = (count: number, latencyMs: (index: number) => number): SyntheticRequest[] =>
  Array.from({ length: count }, (_, index) => ({
    id: `r-${index}`,
    intendedMs: index * 2,
    latencyMs: latencyMs(index),
  }))

test('a percentile is proven by enough fast requests', () => {
  const run = syntheticRun(requests(2000, (index) => (index % 400 === 0 ? 900 : 20)))
  const { verdict, summary, figures } = runCheck(latency, { p99: '<= 400ms', p50: '<= 30ms' }, run)
  expect({ verdict, summary }).toEqual({
    verdict: 'pass',
    summary: 'p50 <= 30ms is proven: 20 ms; p99 <= 400ms is proven: 20 ms',
  })
  expect(figures).toMatchObject({ maxMs: 900 })
})

test('it is disproven by too many slow ones, with the share', () => {
  const run = syntheticRun(requests(2000, (index) => (index % 20 === 0 ? 900 : 20)))
  const { verdict, findings } = runCheck(latency, { p99: '<= 400ms' }, run)
  expect(verdict).toBe('fail')
  expect(findings).toEqual([
    {
      rule: 'latency',
      message: 'p99 is 900 ms: 95.00 % of 2000 requests kept the limit',
      expected: 'p99 <= 400ms',
      observed: '900 ms',
    },
  ])
})

test('a sample whose own p99 is fine may prove nothing', () => {
  const run = syntheticRun(requests(300, () => 20))
  const { verdict, summary } = runCheck(latency, { p99: '<= 400ms' }, run)
  expect(verdict).toBe('inconclusive')
  expect(summary).toContain('about 688 requests would tell')
})

test('a good history is caught when two in a hundred become slow', () => {
  const slow = syntheticRun(requests(5000, () => 20)).map(
    (event): NewEvent =>
      event.kind === 'request-answered' && Number(event.id.slice(2)) % 50 === 0 ? { ...event, latencyMs: 401 } : event,
  )
  expect(runCheck(latency, { p99: '<= 400ms' }, slow).verdict).toBe('fail')
})

test('lower limits hold delays to their word', () => {
  const run = syntheticRun(requests(2000, (index) => (index % 10 < 8 ? 820 : 20)))
  expect(runCheck(latency, { p50: '>= 800ms' }, run).verdict).toBe('pass')
  expect(runCheck(latency, { p50: '>= 900ms' }, run).verdict).toBe('fail')
  expect(runCheck(latency, { p90: '>= 800ms' }, run).verdict).toBe('pass')
})

test('max is about this run, to the request', () => {
  const run = syntheticRun(requests(50, (index) => index))
  expect(runCheck(latency, { max: '<= 49ms' }, run).verdict).toBe('pass')
  expect(runCheck(latency, { max: '<= 48ms' }, run).verdict).toBe('fail')
})

test('failed requests count with the time that their users waited', () => {
  const run = syntheticRun(
    requests(1000, () => 20).map((request, index) =>
      index % 10 === 0 ? { ...request, answer: { error: 'timeout' }, latencyMs: 3000 } : request,
    ),
  )
  expect(runCheck(latency, { p99: '<= 400ms' }, run).verdict).toBe('fail')
})

describe('a machine that did not keep time makes it inconclusive', () => {
  const fast = requests(1000, () => 20)
  test('requests that left late', () => {
    const run = syntheticRun(fast.map((request, index) => (index % 50 === 0 ? { ...request, lagMs: 40 } : request)))
    const { verdict, summary } = runCheck(latency, { p99: '<= 400ms' }, run)
    expect(verdict).toBe('inconclusive')
    expect(summary).toContain('20 of 1000 requests left more than 25 ms late (at most 40 ms)')
  })
  test('timers that fired late while the scenario ran, and only then', () => {
    const beat = (atMs: number): NewEvent => ({ kind: 'heartbeat', src: 'runner', scenario: '', atMs, lateMs: 30 })
    const late = Array.from({ length: 5 }, (_, index) => beat(500 + index))
    expect(runCheck(latency, { p99: '<= 400ms' }, syntheticRun(fast, late)).verdict).toBe('inconclusive')
    expect(runCheck(latency, { p99: '<= 400ms' }, [...late, ...syntheticRun(fast), ...late]).verdict).toBe('pass')
    expect(runCheck(latency, { p99: '<= 400ms' }, syntheticRun(fast, [beat(500)])).verdict).toBe('pass')
  })
})

test('of nothing it is inconclusive', () => {
  expect(runCheck(latency, { max: '<= 1s' }, []).verdict).toBe('inconclusive')
})

test('settings', () => {
  expect(latency.schema.safeParse({}).success).toBe(false)
  expect(latency.schema.safeParse({ p99: '<= 400' }).success).toBe(false)
  expect(latency.schema.safeParse({ p98: '<= 400ms' }).success).toBe(false)
  expect(latency.unprovable?.({ p99: '<= 400ms', p50: '<= 1ms' }, 100)).toBe(
    'p99 <= 400ms takes at least 688 requests to prove',
  )
  expect(latency.unprovable?.({ max: '<= 400ms' }, 1)).toBeUndefined()
})
