// The rules about retries: `attempts`, `retry-reason`, `retry-missing`, `back-off`.

import { describe, expect, test } from 'vitest'
import { declaredPolicy, retryRoute } from './declared-example.ts'
import { expectOnly } from './expect-only.ts'
import type { Request } from './history-builder.ts'
import { busy, saved, withRequest } from './the-one.ts'

describe('attempts', () => {
  const failures = (count: number) => Array.from({ length: count }, () => ({ code: 503 }))
  const exhausted = { flags: ['URX'], details: 'via_upstream', code: 503 }

  test('as many as declared pass', () => {
    expect(withRequest({ tries: failures(4), logged: exhausted }).judge().findings).toEqual([])
  })

  test('one more', () => {
    const finding = expectOnly('attempts', withRequest({ tries: failures(5), logged: exhausted }))
    expect(finding?.config?.text).toBe('retries')
  })

  test('a POST without a retry policy', () => {
    const finding = expectOnly('attempts', withRequest({ method: 'POST', tries: saved }))
    expect(finding?.message).toContain('declares no retry')
    expect(finding?.timeline?.map((row) => row.lane)).toEqual(['client', 'attempt 1', 'back-off', 'attempt 2'])
  })
})

describe('retry-reason', () => {
  test('a 404 is no reason', () => {
    const finding = expectOnly('retry-reason', withRequest({ tries: [{ code: 404 }, { code: 200 }] }))
    expect(finding?.observed).toContain('404')
  })

  test.each([
    ['gateway-error', { code: 500 }, false],
    ['gateway-error', { code: 502 }, true],
    ['connect-failure', { code: 0, flags: ['UF'], waitMs: 'none' as const }, true],
    ['connect-failure', { code: 0, flags: ['UC'] }, false],
    ['connect-failure', { code: 503 }, false],
    ['reset', { code: 0, flags: ['UC'] }, true],
    ['reset', { code: 0, flags: ['UR'] }, true],
    ['reset', { code: 503 }, false],
    ['refused-stream', { code: 0, flags: ['UR'] }, true],
    ['refused-stream', { code: 0, flags: ['UC'] }, false],
    ['retriable-4xx', { code: 409 }, true],
    ['retriable-4xx', { code: 404 }, false],
    ['5xx', { code: 0, flags: ['UPE'] }, true],
    ['5xx', { code: 501 }, true],
  ])('%s and %o: retried rightly is %s', (on, failure, rightly) => {
    const retry = { on: [on], retries: 3, backOffBaseMs: 25, backOffMaxMs: 250 }
    const declared = declaredPolicy({ routes: [{ ...retryRoute, retry }] })
    const builder = withRequest({ tries: [failure, { code: 200 }] }, declared)
    if (rightly) expect(builder.judge().findings).toEqual([])
    else expectOnly('retry-reason', builder)
  })
})

describe('retry-missing', () => {
  const givenUp: Omit<Request, 'id' | 'atMs'> = { tries: [{ code: 503 }] }

  test('never tried again', () => {
    expectOnly('retry-missing', withRequest(givenUp))
  })

  test('given up before the retries ran out', () => {
    const finding = expectOnly(
      'retry-missing',
      withRequest({ tries: saved.with(1, { code: 503, backOffMs: 3 }), logged: { flags: ['URX'] } }),
    )
    expect(finding?.config?.text).toBe('retries')
  })

  test.each([
    ['a body that is too long to keep', { ...givenUp, bodyBytes: 1_048_577 }],
    ['a POST', { ...givenUp, method: 'POST' }],
    ['an answer that is no failure', { tries: [{ code: 404 }] }],
    [
      'a client that left in the back-off',
      {
        ...givenUp,
        endsAfterMs: 5,
        logged: { code: 0, flags: ['DC'], details: 'downstream_remote_disconnect' },
        answered: { error: 'timeout' as const },
      },
    ],
    [
      'a cut after the head',
      {
        tries: [{ code: 200, flags: ['UPE'] }],
        logged: { details: 'upstream_reset_after_response_started{protocol_error}' },
        answered: { error: 'truncated' as const },
      },
    ],
  ])('%s is no reason to try again', (_name, request) => {
    expect(withRequest(request).judge().findings).toEqual([])
  })
})

describe('back-off', () => {
  // bound 25: 0 to 24 ms, plus tick 4, 1, and L 10.
  test.each([
    [0, true],
    [24, true],
    [38.5, true],
    [60, false],
    [-2, false],
  ])('%f ms before the first retry: right is %s', (backOffMs, right) => {
    const builder = busy({ tries: [{ code: 503 }, { code: 200, backOffMs }] })
    if (right) expect(builder.judge().findings).toEqual([])
    else expectOnly('back-off', builder)
  })

  test('the bound doubles with each try and ends at the maximum', () => {
    const tries = [
      { code: 503 },
      { code: 503, backOffMs: 24 },
      { code: 503, backOffMs: 49 },
      { code: 200, backOffMs: 99 },
    ]
    expect(busy({ tries }).judge().findings).toEqual([])
    expectOnly('back-off', busy({ tries: tries.with(3, { code: 200, backOffMs: 130 }) }))
  })

  test('a late machine is given more', () => {
    const builder = busy({ tries: [{ code: 503 }, { code: 200, backOffMs: 55 }] })
    expect(builder.judge().verdict).toBe('fail')
    expect(builder.add({ kind: 'heartbeat', atMs: 410, lateMs: 40 }).judge().findings).toEqual([])
  })
})
