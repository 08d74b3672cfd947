import { expect, test } from 'vitest'
import { syntheticRun } from '../core/synthetic-history.ts'
import { masked } from './masked.ts'
import { runCheck } from './run-check.ts'

const retried = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ id: `m-${index}`, intendedMs: index, attempts: [{ code: 503 }, {}] }))
const lost = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    id: `l-${index}`,
    intendedMs: index,
    attempts: [{ code: 503 }, { code: 503 }],
  }))
const fine = (count: number) => Array.from({ length: count }, (_, index) => ({ id: `f-${index}`, intendedMs: index }))

test('no failure at all still gives a proven, finite ratio', () => {
  const { verdict, summary, figures } = runCheck(
    masked,
    { ratio: '>= 20' },
    syntheticRun([...fine(500), ...retried(250)]),
  )
  expect(verdict).toBe('pass')
  expect(summary).toBe('250 first attempts failed and 0 requests: true ratio at least 36.7, expected >= 20')
  expect(figures?.ratioAtLeast).toBeCloseTo(36.7, 1)
})

test('too many failures disprove it and are named', () => {
  const { verdict, findings } = runCheck(masked, { ratio: '>= 20' }, syntheticRun([...retried(200), ...lost(40)]))
  expect(verdict).toBe('fail')
  expect(findings[0]).toMatchObject({ rule: 'masked', requestId: 'l-0' })
})

test('failures without any failed attempt count too', () => {
  const overflow = Array.from({ length: 60 }, (_, index) => ({
    id: `o-${index}`,
    intendedMs: index,
    attempts: [],
    answer: { status: 503 },
  }))
  expect(runCheck(masked, { ratio: '>= 20' }, syntheticRun([...retried(200), ...overflow])).verdict).toBe('fail')
})

test('a good history is caught when its masked requests fail after all', () => {
  const mutated = syntheticRun(retried(250)).map((event) =>
    event.kind === 'request-answered' && Number(event.id.slice(2)) % 5 === 0 ? { ...event, status: 503 } : event,
  )
  expect(runCheck(masked, { ratio: '>= 20' }, mutated).verdict).toBe('fail')
})

test('with nothing to mask, or too little of it, it is inconclusive', () => {
  expect(runCheck(masked, { ratio: '>= 20' }, []).verdict).toBe('inconclusive')
  expect(runCheck(masked, { ratio: '>= 20' }, syntheticRun(fine(1000)))).toMatchObject({
    verdict: 'inconclusive',
    summary: 'no first attempt failed, so there was nothing to mask',
  })
  expect(runCheck(masked, { ratio: '>= 20' }, syntheticRun(retried(50))).summary).toContain(
    'about 135 failing first attempts would tell',
  )
})

test('settings', () => {
  expect(masked.schema.safeParse({ ratio: '<= 20' }).success).toBe(false)
  expect(masked.schema.safeParse({ ratio: '>= 1' }).success).toBe(false)
  expect(masked.unprovable?.({ ratio: '>= 20' }, 134)).toBe(
    'ratio >= 20 takes at least 135 failing first attempts to prove',
  )
  expect(masked.unprovable?.({ ratio: '>= 20' }, 135)).toBeUndefined()
})

test('a first attempt of a gRPC call failed when its status is not OK', () => {
  const calls = (count: number, attempts: readonly { readonly grpcStatus: number }[]) =>
    Array.from({ length: count }, (_, index) => ({ id: `${attempts.length}-${index}`, intendedMs: index, attempts }))
  const saved = calls(250, [{ grpcStatus: 14 }, { grpcStatus: 0 }])
  const lost = calls(60, [{ grpcStatus: 14 }])
  expect(runCheck(masked, { ratio: '>= 20' }, syntheticRun(saved))).toMatchObject({
    verdict: 'pass',
    figures: { firstFailedCount: 250 },
  })
  expect(runCheck(masked, { ratio: '>= 20' }, syntheticRun([...saved, ...lost])).verdict).toBe('fail')
})
