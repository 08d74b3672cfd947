import { expect, test } from 'vitest'
import type { NewEvent } from '../core/history.ts'
import { syntheticRun } from '../core/synthetic-history.ts'
import { counters } from './counters.ts'
import { runCheck } from './run-check.ts'

const overflow = 'cluster.user-development.upstream_rq_pending_overflow'
const read = (phase: 'before' | 'after', values: Record<string, number>, envoy = 'egress'): NewEvent => ({
  kind: 'counters',
  src: envoy,
  scenario: 'synthetic',
  atMs: phase === 'before' ? 90 : 5000,
  phase,
  envoy,
  values,
})
const before = {
  [overflow]: 5,
  'cluster.user-development.upstream_rq_total': 10,
  'cluster.user-development.upstream_rq_active': 7,
}
const after = { ...before, [overflow]: 9, 'cluster.user-development.upstream_rq_active': 2 }
const run = [
  read('before', before),
  ...syntheticRun([{ id: 'a', intendedMs: 1 }]),
  read('after', after),
  read('after', {}, 'fault'),
]

test('the increase of a counter, the last value of a gauge', () => {
  const { verdict, summary } = runCheck(
    counters,
    { [overflow]: '== 4', 'cluster.user-development.upstream_rq_active': '<= 2' },
    run,
  )
  expect(verdict).toBe('pass')
  expect(summary).toBe(`${overflow} rose by 4 (== 4), cluster.user-development.upstream_rq_active is 2 (<= 2)`)
})

test('a wrong figure is a finding', () => {
  const { verdict, findings } = runCheck(counters, { [overflow]: '>= 5' }, run)
  expect(verdict).toBe('fail')
  expect(findings).toEqual([{ rule: 'counters', message: `${overflow} rose by 4`, expected: '>= 5', observed: '4' }])
})

test('a stat that was never used is zero', () => {
  const config = (expected: string) => ({
    'cluster.user-development.upstream_rq_per_try_timeout': expected,
    'cluster.user-development.retry.upstream_rq_503': expected,
    'cluster.user-development.circuit_breakers.default.rq_retry_open': expected,
  })
  expect(runCheck(counters, config('== 0'), run).verdict).toBe('pass')
  expect(runCheck(counters, config('>= 1'), run).findings).toHaveLength(3)
})

test('a stat that Envoy does not know fails with a guess, whatever was expected of it', () => {
  const misspelt = runCheck(counters, { 'cluster.user-development.upstream_rq_pendng_overflow': '== 0' }, run)
  expect(misspelt.verdict).toBe('fail')
  expect(misspelt.findings[0]?.message).toBe(
    `Envoy has no stat cluster.user-development.upstream_rq_pendng_overflow; did you mean ${overflow}?`,
  )
  expect(
    runCheck(counters, { 'cluster.user-develoment.upstream_rq_retry': '== 0' }, run).findings[0]?.message,
  ).toContain('did you mean cluster.user-development.upstream_rq_retry?')
  expect(runCheck(counters, { nonsense: '== 0' }, run).findings[0]?.message).toBe('Envoy has no stat nonsense')
})

test('a good history is caught when a counter moves', () => {
  const mutated = run.map((event) =>
    event.kind === 'counters' && event.phase === 'after' && event.envoy === 'egress'
      ? { ...event, values: { ...after, [overflow]: 10 } }
      : event,
  )
  expect(runCheck(counters, { [overflow]: '== 4' }, mutated).verdict).toBe('fail')
})

test('without readings, or without requests, it is inconclusive', () => {
  expect(runCheck(counters, { [overflow]: '>= 0' }, []).verdict).toBe('inconclusive')
  const torn = run.filter((event) => event.kind !== 'counters' || event.phase === 'before')
  expect(runCheck(counters, { [overflow]: '== 0' }, torn).summary).toBe(
    'no counters of the Envoy under test from after the load',
  )
  const idle = run.filter((event) => event.kind === 'counters')
  expect(runCheck(counters, { [overflow]: '== 4' }, idle).verdict).toBe('inconclusive')
  expect(counters.schema.safeParse({}).success).toBe(false)
})
