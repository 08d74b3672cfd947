// The rules about gRPC calls: the status in the headers decides, one in the trailers comes too late, and what Envoy answers
// by itself is a 200 with the grpc-status that stands for it.

import { describe, expect, test } from 'vitest'
import { declaredPolicy, retryRoute } from './declared-example.ts'
import { expectOnly } from './expect-only.ts'
import { countedCode, hasCode } from './grpc-outcome.ts'
import { withRequest } from './the-one.ts'

const statuses = { cancelled: 1, 'deadline-exceeded': 4, 'resource-exhausted': 8, internal: 13, unavailable: 14 }
const declaredFor = (...on: readonly string[]) =>
  declaredPolicy({ routes: [{ ...retryRoute, retry: { on, retries: 1, backOffBaseMs: 25, backOffMaxMs: 250 } }] })
const failed = (grpcStatus: number, grpcStatusIn: 'headers' | 'trailers' = 'headers') =>
  ({ code: 200, grpcStatus, grpcStatusIn }) as const
const fine = failed(0, 'trailers')

describe.each(Object.entries(statuses))('%s', (condition, status) => {
  test('its own status in the headers is retried', () => {
    expect(withRequest({ tries: [failed(status), fine] }, declaredFor(condition)).judge().findings).toEqual([])
    const finding = expectOnly('retry-missing', withRequest({ tries: [failed(status)] }, declaredFor(condition)))
    expect(finding?.observed).toContain(`grpc-status ${status}`)
    const rows = finding?.timeline?.map(({ label, outcome }) => `${label}: ${outcome}`) ?? []
    expect(rows.every((row) => row.includes(`grpc-status ${status} `) && row.endsWith('failed'))).toBe(true)
  })

  test('any other status is not, nor its own in the trailers', () => {
    for (const other of [2, ...Object.values(statuses).filter((one) => one !== status)]) {
      expectOnly('retry-reason', withRequest({ tries: [failed(other), fine] }, declaredFor(condition)))
      expect(withRequest({ tries: [failed(other)] }, declaredFor(condition)).judge().findings).toEqual([])
    }
    expectOnly('retry-reason', withRequest({ tries: [failed(status, 'trailers'), fine] }, declaredFor(condition)))
    expect(withRequest({ tries: [failed(status, 'trailers')] }, declaredFor(condition)).judge().findings).toEqual([])
  })

  test('retries that ran out must be flagged', () => {
    const tries = [failed(status), failed(status)]
    expect(withRequest({ tries, logged: { flags: ['URX'] } }, declaredFor(condition)).judge().findings).toEqual([])
    expectOnly('answer', withRequest({ tries }, declaredFor(condition)))
  })
})

test('conditions about HTTP do not cover a grpc-status', () => {
  expectOnly('retry-reason', withRequest({ tries: [failed(14), fine] }, declaredFor('5xx', 'reset', 'gateway-error')))
})

describe('answer', () => {
  const declared = declaredFor('unavailable')

  test("the client's status is that of the log, and the log's that of the last attempt", () => {
    expect(withRequest({ tries: [failed(5)] }, declared).judge().findings).toEqual([])
    const logged = { tries: [failed(5)], logged: { grpcStatus: 0 }, answered: { status: 200, grpcStatus: 0 } }
    expect(expectOnly('answer', withRequest(logged, declared))?.expected).toContain('grpc-status 5 (NOT_FOUND)')
    const told = { tries: [failed(5)], answered: { status: 200, grpcStatus: 0 } }
    expect(expectOnly('answer', withRequest(told, declared))?.observed).toContain('grpc-status 0 (OK)')
  })

  test('a client makes a grpc-status of a plain HTTP status', () => {
    const plain = { tries: [{ code: 503 }], answered: { status: 503, grpcStatus: 14 } }
    expect(withRequest(plain, declared).judge().findings).toEqual([])
  })

  test('what Envoy answers by itself is a 200 with the status that stands for it', () => {
    const hung = { tries: [{ code: 0, tookMs: 3000 }] }
    const ended = (grpcStatus: number) => ({ ...hung, logged: { code: 200, grpcStatus } })
    const own = withRequest(ended(14), declaredFor('unavailable')).judge({ rules: ['answer'] })
    expect(own.findings).toEqual([])
    const odd = withRequest(ended(4), declaredFor('unavailable')).judge({ rules: ['answer'] })
    expect(odd.findings).toHaveLength(1)
  })
})

test('outlier detection takes a status in the headers for an HTTP status, and one in the trailers for the 200 before it', () => {
  const counted = Array.from({ length: 17 }, (_, status) => countedCode({ ...failed(status) }) >= 500)
  expect(counted.flatMap((bad, status) => (bad ? [status] : []))).toEqual([2, 4, 12, 13, 14, 15])
  expect(countedCode(failed(14))).toBe(503)
  expect(countedCode(failed(14, 'trailers'))).toBe(200)
  expect(countedCode({ code: 502 })).toBe(502)
})

test("Envoy's own answers by their HTTP status", () => {
  expect(hasCode({ code: 200, grpcStatus: 12 }, 404)).toBe(true)
  expect(hasCode({ code: 200, grpcStatus: 0 }, 404)).toBe(false)
  expect(hasCode({ code: 200 }, 404)).toBe(false)
})
