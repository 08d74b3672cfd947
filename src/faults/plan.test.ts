import { describe, expect, test } from 'vitest'
import { plan } from './plan.ts'
import { planned } from './test-surface.ts'

const attempts = [503, { delay: '800ms' }, 'ok', { status: 500, delay: '1s' }, { grpcStatus: 14 }]

test('each attempt meets what is written for it; those beyond the list nothing', () => {
  expect(planned(plan, { attempts }, 6)).toEqual([
    { status: 503 },
    { delayMs: 800 },
    undefined,
    { status: 500, delayMs: 1000 },
    { grpcStatus: 14 },
    undefined,
  ])
})

describe('a share of requests', () => {
  const settings = { attempts: [503, 503], ratio: 0.5 }

  test('follows the plan in all attempts', () => {
    expect(planned(plan, settings, 2, 0.9, 0.49)).toEqual([{ status: 503 }, { status: 503 }])
  })

  test('and the others in none, whatever each attempt would have rolled', () => {
    expect(planned(plan, settings, 2, 0.1, 0.5)).toEqual([undefined, undefined])
  })
})

test('acts only through what requests carry', () => {
  expect(plan.inject).toBeUndefined()
})

test('in words', () => {
  expect(plan.describe(plan.schema.parse({ attempts, ratio: 0.25 }))).toBe(
    '503, 800 ms late, ok, 1.00 s late 500, grpc-status 14 (UNAVAILABLE) on 25 % of requests',
  )
})

test.each([
  { attempts: [] },
  { attempts: Array(9).fill(503) },
  { attempts: [{}] },
  { attempts: ['fine'] },
  { attempts: [199] },
  { attempts: [{ delay: '0ms' }] },
  { attempts: [{ status: 503, after: '1s' }] },
  { attempts: [{ status: 503, grpcStatus: 14 }] },
  { attempts: [{ grpcStatus: 99 }] },
  {},
])('%o is refused', (settings) => {
  expect(plan.schema.safeParse(settings).success).toBe(false)
})
