// The rules about timers, and that a machine which stood still is no proof against them.

import { describe, expect, test } from 'vitest'
import { declaredPolicy, plainRoute, retryRoute } from './declared-example.ts'
import { expectOnly } from './expect-only.ts'
import type { Request } from './history-builder.ts'
import { busy, fine, timedOut, withRequest } from './the-one.ts'

test('a timer that fired late while Envoy stood still proves nothing', () => {
  const stalled: readonly [string, Omit<Request, 'id' | 'atMs'>][] = [
    ['back-off', { tries: [{ code: 503 }, { code: 200, backOffMs: 150 }] }],
    ['per-try-timeout', { tries: [{ ...timedOut, tookMs: 1300 }, { code: 200 }] }],
    ['route-timeout', { method: 'POST', tries: [{ code: 0, tookMs: 3300 }] }],
  ]
  for (const [rule, request] of stalled) {
    const conclusion = withRequest(request).judge()
    expect(conclusion.findings).toEqual([])
    expect(conclusion.skipped).toBe(1)
    expect(conclusion.figures?.[`${rule}.late`]).toBe(1)
    expectOnly(rule, busy(request))
  }
})

describe('per-try-timeout', () => {
  test('cut in time, and rescued', () => {
    expect(busy({ tries: [timedOut, { code: 200 }] }).judge().findings).toEqual([])
  })

  test('the clock starts with the connection', () => {
    expect(busy({ tries: [{ ...timedOut, waitMs: 240 }, { code: 200 }] }).judge().findings).toEqual([])
  })

  test.each([500, 980, 1060, 1300])('cut after %f ms', (tookMs) => {
    expectOnly('per-try-timeout', busy({ tries: [{ ...timedOut, tookMs }, { code: 200 }] }))
  })

  test('not cut at all', () => {
    expectOnly('per-try-timeout', busy({ tries: [{ code: 200, tookMs: 1100 }] }))
  })

  test('cut although none is declared', () => {
    const { perTryTimeoutMs: _none, ...retry } = { perTryTimeoutMs: 0, ...retryRoute.retry }
    const routes = [
      { ...retryRoute, retry: { ...retry, on: ['5xx'], retries: 3, backOffBaseMs: 25, backOffMaxMs: 250 } },
    ]
    expectOnly('per-try-timeout', withRequest({ tries: [timedOut, { code: 200 }] }, declaredPolicy({ routes })))
  })

  test('a slow body is not cut', () => {
    const builder = busy(fine)
    for (const kind of ['attempt-logged', 'request-logged', 'attempt-seen', 'request-answered'] as const) {
      builder.change(
        (event) => event.kind === kind && event.id === 'the-one',
        (event) => [{ ...event, atMs: event.atMs + 2000 }],
      )
    }
    expect(builder.judge().findings).toEqual([])
  })
})

describe('route-timeout', () => {
  const routes = [plainRoute]
  const hangs = (tookMs: number, timeoutMs = 3000) =>
    busy({ tries: [{ code: 0, tookMs }] }, declaredPolicy({ routes: routes.map((one) => ({ ...one, timeoutMs })) }))

  test.each([2990, 3000, 3012])('fired after %f ms', (tookMs) => {
    expect(hangs(tookMs).judge().findings).toEqual([])
  })

  test.each([1500, 2980, 3060])('fired after %f ms is wrong', (tookMs) => {
    expectOnly('route-timeout', hangs(tookMs))
  })

  test('an answer that came too late for it', () => {
    expectOnly('route-timeout', busy({ tries: [{ code: 200, tookMs: 3100 }] }, declaredPolicy({ routes })))
  })

  test('fired although none is declared', () => {
    expectOnly('route-timeout', hangs(3000, 0))
  })

  test('in a back-off', () => {
    const builder = busy({
      tries: [{ code: 503 }],
      endsAfterMs: 2995,
      logged: { code: 504, flags: ['UT'], details: 'response_timeout' },
    })
    expect(builder.judge().findings).toEqual([])
  })
})
