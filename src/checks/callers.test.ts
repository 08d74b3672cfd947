import { expect, test } from 'vitest'
import type { NewEvent } from '../core/history.ts'
import type { DeclaredListener } from '../mesh/policy.ts'
import { callers } from './callers.ts'
import { declaredEdge, declaredPolicy, type EdgeCall, judged } from './edge/edge-history.ts'

const listener = (name: string, statPrefix = name): DeclaredListener => ({
  name,
  edge: { ...declaredEdge, statPrefix },
})
const policy = declaredPolicy([listener('web'), listener('batch')])
const call = (id: string, from: string, code = 200): EdgeCall => ({ id, code, request: { listener: from } })
const calls = [call('a', 'web'), call('b', 'web', 503), call('c', 'batch'), call('d', 'batch')]

const counters = (phase: 'before' | 'after', values: Readonly<Record<string, number>>): NewEvent => {
  const atMs = phase === 'before' ? -1 : 100
  return { kind: 'counters', src: 'egress', scenario: 'synthetic', envoy: 'egress', atMs, phase, values }
}
const own = {
  'http.web.downstream_rq_total': 2,
  'http.web.downstream_rq_2xx': 1,
  'http.web.downstream_rq_5xx': 1,
  'http.batch.downstream_rq_total': 2,
  'http.batch.downstream_rq_2xx': 2,
}
const ask = (values: Readonly<Record<string, number>>, some = calls, declared = policy) =>
  judged(callers, {}, some, declared, [counters('before', {}), counters('after', values)])

test('each caller has its own numbers', () => {
  expect(ask(own)).toMatchObject({
    verdict: 'pass',
    summary: 'requests by caller, as Envoy counts them and as they were: web 2 (5xx: 1), batch 2 (5xx: 0)',
  })
})

test('what was there before the load does not count', () => {
  const before = counters('before', { 'http.web.downstream_rq_total': 7 })
  const after = counters('after', { ...own, 'http.web.downstream_rq_total': 9 })
  expect(judged(callers, {}, calls, policy, [before, after]).verdict).toBe('pass')
})

test('errors of one under the name of the other', () => {
  const { verdict, findings } = ask({ ...own, 'http.batch.downstream_rq_5xx': 1, 'http.batch.downstream_rq_2xx': 1 })
  expect(verdict).toBe('fail')
  expect(findings.map(({ message }) => message)).toEqual([
    'caller batch: http.batch.downstream_rq_2xx rose by 1, its own requests are 2',
    'caller batch: http.batch.downstream_rq_5xx rose by 1, its own requests are 0',
  ])
})

test('one stat_prefix for both', () => {
  const shared = declaredPolicy([listener('web', 'all'), listener('batch', 'all')])
  const { verdict, findings } = ask({ 'http.all.downstream_rq_total': 4 }, calls, shared)
  expect(verdict).toBe('fail')
  expect(findings[0]?.message).toBe('web and batch share the stat_prefix all: their metrics cannot be told apart')
})

test('nothing to tell apart is inconclusive', () => {
  expect(ask(own, []).verdict).toBe('inconclusive')
  expect(ask(own, [call('a', 'web')])).toMatchObject({
    verdict: 'inconclusive',
    summary: '1 of 2 callers sent requests; two are needed',
  })
  expect(judged(callers, {}, calls, policy).summary).toBe('no counters of the Envoy under test')
})
