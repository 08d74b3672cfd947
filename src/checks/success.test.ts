import { describe, expect, test } from 'vitest'
import { syntheticRun } from '../core/synthetic-history.ts'
import { runCheck } from './run-check.ts'
import { success } from './success.ts'

const good = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ id: `ok-${index}`, intendedMs: index * 2 }))
const bad = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    id: `bad-${index}`,
    intendedMs: index * 2,
    attempts: [{ code: 503 }],
  }))

test('proven by enough good requests', () => {
  const { verdict, looked, summary } = runCheck(success, '>= 0.99', syntheticRun(good(700)))
  expect({ verdict, looked }).toEqual({ verdict: 'pass', looked: 700 })
  expect(summary).toBe('700 of 700 requests served (100 %); >= 0.99 is proven: true ratio within 99.018 % to 100 %')
})

test('disproven, with the requests that failed', () => {
  const { verdict, findings, moreFindings, figures } = runCheck(
    success,
    '>= 0.99',
    syntheticRun([...good(700), ...bad(60)]),
  )
  expect(verdict).toBe('fail')
  expect(findings).toHaveLength(50)
  expect(moreFindings).toBe(10)
  expect(findings[0]).toMatchObject({ rule: 'success', requestId: 'bad-0', observed: '503' })
  expect(figures?.observedRatio).toBeCloseTo(700 / 760)
})

test('a good history is caught when enough of its answers are made failures', () => {
  const run = syntheticRun(good(700))
  const mutated = run.map((event) =>
    event.kind === 'request-answered' && Number(event.id.slice(3)) % 20 === 0 ? { ...event, status: 502 } : event,
  )
  expect(runCheck(success, '>= 0.99', mutated).verdict).toBe('fail')
})

test('too few requests are inconclusive and say how many it takes', () => {
  const { verdict, summary } = runCheck(success, '>= 0.99', syntheticRun(good(100)))
  expect(verdict).toBe('inconclusive')
  expect(summary).toContain('about 688 requests would tell')
})

test('of nothing it is inconclusive', () => {
  expect(runCheck(success, '>= 0.99', [])).toMatchObject({ verdict: 'inconclusive', looked: 0 })
  expect(runCheck(success, { ratio: '>= 0.99', route: '/nowhere' }, syntheticRun(good(700))).verdict).toBe(
    'inconclusive',
  )
})

test('what the generator could not send is skipped, what timed out failed, and a 404 is an answer', () => {
  const odd = [
    { id: 'a', intendedMs: 1, answer: { error: 'not-sent' } },
    { id: 'b', intendedMs: 2, answer: { error: 'interrupted' } },
    { id: 'c', intendedMs: 3, answer: { error: 'timeout' } },
    { id: 'd', intendedMs: 4, attempts: [{ code: 404 }] },
  ] as const
  expect(runCheck(success, '>= 0.5', syntheticRun(odd))).toMatchObject({
    looked: 2,
    skipped: 2,
    figures: { observedRatio: 0.5 },
  })
})

describe('route, from and until', () => {
  const run = syntheticRun([
    ...good(700).map((request) => ({ ...request, path: '/good', traffic: 1 })),
    ...bad(300).map((request) => ({ ...request, intendedMs: request.intendedMs + 2000 })),
  ])
  test('by path and by traffic', () => {
    expect(runCheck(success, { ratio: '>= 0.99', route: '/good' }, run).verdict).toBe('pass')
    expect(runCheck(success, { ratio: '>= 0.99', route: 1 }, run).verdict).toBe('pass')
    expect(runCheck(success, { ratio: '>= 0.99', route: 0 }, run).verdict).toBe('fail')
  })
  test('by window', () => {
    expect(runCheck(success, { ratio: '>= 0.99', until: '2s' }, run)).toMatchObject({ verdict: 'pass', looked: 700 })
    expect(runCheck(success, { ratio: '>= 0.99', from: '2s' }, run)).toMatchObject({ verdict: 'fail', looked: 300 })
  })
  test('a window without the start of the scenario is inconclusive', () => {
    const headless = run.filter(({ kind }) => kind !== 'scenario-started')
    expect(runCheck(success, { ratio: '>= 0.99', until: '2s' }, headless)).toMatchObject({
      verdict: 'inconclusive',
      skipped: 1000,
    })
  })
})

test('the planner is told when the sample cannot prove it', () => {
  expect(success.unprovable?.('>= 0.99', 687)).toBe('>= 0.99 takes at least 688 requests to prove')
  expect(success.unprovable?.({ ratio: '>= 0.99' }, 688)).toBeUndefined()
  expect(success.schema.safeParse('>= 1').success).toBe(false)
})

test('of gRPC calls only OK is a success, whatever the HTTP status says', () => {
  const call = (grpcStatus: number) => (_: unknown, index: number) => ({
    id: `${grpcStatus}-${index}`,
    intendedMs: index * 2,
    attempts: [{ grpcStatus }],
  })
  const ok = Array.from({ length: 700 }, call(0))
  expect(runCheck(success, '>= 0.99', syntheticRun(ok)).verdict).toBe('pass')
  const { verdict, findings } = runCheck(
    success,
    '>= 0.99',
    syntheticRun([...ok, ...Array.from({ length: 60 }, call(5))]),
  )
  expect(verdict).toBe('fail')
  expect(findings[0]).toMatchObject({ observed: 'grpc-status 5 (NOT_FOUND)', expected: 'grpc-status 0 (OK)' })
})
