import { describe, expect, test } from 'vitest'
import type { PlannedFault } from '../core/history.ts'
import { planHeaders } from './headers.ts'

const clusters = ['alpha', 'beta']
const planned = (rest: Partial<PlannedFault>): PlannedFault => ({ fault: 'f', attempt: 1, target: 'beta', ...rest })

describe('planHeaders', () => {
  test('nothing planned, no headers', () => {
    expect(planHeaders([], clusters)).toEqual({})
    expect(planHeaders([planned({})], clusters)).toEqual({})
  })

  test('one header for each attempt and action', () => {
    const plan = [
      planned({ status: 503, delayMs: 800 }),
      planned({ target: 'alpha', attempt: 3, host: 2, delayMs: 20 }),
    ]
    expect(planHeaders(plan, clusters)).toEqual({
      'x-shaketable-1-a1-abort': '503',
      'x-shaketable-1-a1-delay': '800',
      'x-shaketable-0h2-a3-delay': '20',
    })
  })

  test('on one attempt delays add up and the first abort wins', () => {
    const plan = [planned({ delayMs: 100 }), planned({ status: 503 }), planned({ status: 500, delayMs: 50 })]
    expect(planHeaders(plan, clusters)).toEqual({ 'x-shaketable-1-a1-abort': '503', 'x-shaketable-1-a1-delay': '150' })
  })

  test('a grpc-status and a rate have headers of their own; a status goes before a grpc-status, the slowest rate wins', () => {
    const slow = [planned({ grpcStatus: 14, kibPerSecond: 64 }), planned({ grpcStatus: 8, kibPerSecond: 16 })]
    expect(planHeaders(slow, clusters)).toEqual({
      'x-shaketable-1-a1-grpc': '14',
      'x-shaketable-1-a1-throughput': '16',
    })
    const both = [planned({ grpcStatus: 14 }), planned({ status: 503 })]
    expect(planHeaders(both, clusters)).toEqual({ 'x-shaketable-1-a1-abort': '503' })
  })

  test("a host's header holds the cluster's plan too, because it stands in its place", () => {
    const plan = [planned({ status: 503, delayMs: 100 }), planned({ host: 2, status: 500, delayMs: 50 })]
    expect(planHeaders(plan, clusters)).toEqual({
      'x-shaketable-1-a1-abort': '503',
      'x-shaketable-1-a1-delay': '100',
      'x-shaketable-1h2-a1-abort': '503',
      'x-shaketable-1h2-a1-delay': '150',
    })
  })

  test('milliseconds are whole, and a short delay stays one', () => {
    const delayOf = (delayMs: number) => planHeaders([planned({ delayMs })], clusters)['x-shaketable-1-a1-delay']
    expect([delayOf(0), delayOf(0.2), delayOf(1.5), delayOf(20.4)]).toEqual([undefined, '1', '2', '20'])
  })

  test('more headers than Envoy takes are refused', () => {
    const plan = Array.from({ length: 72 }, (_, index) =>
      planned({ host: 1 + (index % 9), attempt: 1 + Math.floor(index / 9), status: 503 }),
    )
    expect(() => planHeaders(plan, clusters)).toThrow(
      'expected at most 64 planned faults on the attempts of one request',
    )
    expect(Object.keys(planHeaders(plan.slice(0, 64), clusters))).toHaveLength(64)
  })

  test('a target outside the list is a bug', () => {
    expect(() => planHeaders([planned({ target: 'gamma' })], clusters)).toThrow('fault f is planned for gamma')
  })
})
