// A retry budget: a share of what runs, and never less than its minimum; what begins or ends at that moment may count or not.

import { expect, test } from 'vitest'
import { declaredPolicy, retryRoute } from './declared-example.ts'
import { expectOnly } from './expect-only.ts'
import { HistoryBuilder } from './history-builder.ts'
import { retryBudget } from './retry-budget.ts'
import type { WholeRequest } from './rule.ts'

const spans = (all: readonly (readonly [number, number])[]) =>
  all.map(([startMs, atMs]) => ({ attempts: [{ startMs, atMs }] }) as unknown as WholeRequest)

test('both answers around a moment', () => {
  const budget = retryBudget(1)
  const long = Array.from({ length: 18 }, (): readonly [number, number] => [0, 1000])
  for (const request of spans([...long, [0, 499], [501, 1000]])) budget.admit(request)
  const share = { percent: 50, minConcurrency: 1 }
  expect(budget.limitAt(500, 'most', share)).toBe(10)
  expect(budget.limitAt(500, 'least', share)).toBe(9)
  expect(budget.limitAt(5000, 'most', { percent: 50, minConcurrency: 3 })).toBe(3)
  budget.forget(5000)
  expect(budget.limitAt(500, 'most', share)).toBe(1)
})

/** Ten hang while four fail together; those that may are tried again after 20 ms. */
function busy(retried: number): HistoryBuilder {
  const route = { ...retryRoute, timeoutMs: 60_000 }
  const breakers = { maxConnections: 64, maxPendingRequests: 128, maxRequests: 1024, maxRetries: 3 }
  const retryBudget = { percent: 20, minConcurrency: 1 }
  const builder = new HistoryBuilder(
    declaredPolicy({ routes: [route], cluster: { breakers: { ...breakers, retryBudget } } }),
  )
  for (let index = 0; index < 10; index++)
    builder.request({ id: `held-${index}`, atMs: 100, tries: [{ code: 200, tookMs: 900 }] })
  for (let index = 0; index < 4; index++) {
    const failed = { code: 503, tookMs: 100 + 5 * index }
    const isRetried = index < retried
    builder.request({
      ...{ id: `failing-${index}`, atMs: 200 },
      tries: isRetried ? [failed, { code: 200, tookMs: 200, backOffMs: 20 }] : [failed],
      ...(!isRetried && { logged: { code: 503, flags: ['UO'], details: 'via_upstream' } }),
    })
  }
  return builder
}

test('a fifth of ten to fourteen allows two retries', () => {
  expect(busy(2).judge().findings).toEqual([])
  expectOnly('retry-breaker', busy(1))
  expectOnly('retry-breaker', busy(4))
})
