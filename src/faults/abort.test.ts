import { describe, expect, test } from 'vitest'
import { abort } from './abort.ts'
import { injected, planned } from './test-surface.ts'

describe('by the seed', () => {
  test('attempts whose roll is below the ratio get the status', () => {
    expect(planned(abort, { status: 503, ratio: 0.05 }, 2, 0.049)).toEqual([{ status: 503 }, { status: 503 }])
    expect(planned(abort, { status: 503, ratio: 0.05 }, 2, 0.05)).toEqual([undefined, undefined])
    expect(planned(abort, { status: 503 }, 1, 0.999999)).toEqual([{ status: 503 }])
    expect(planned(abort, { status: 503, ratio: 0 }, 1, 0)).toEqual([undefined])
  })

  test('nothing acts', async () => {
    expect(await injected(abort, { status: 503 })).toEqual({ harm: [], cure: [], heals: false })
  })
})

test("by Envoy's dice nothing is planned: they are rolled, and put away", async () => {
  const settings = { status: 502, ratio: 0.1, dice: true }
  expect(planned(abort, settings, 3)).toEqual([undefined, undefined, undefined])
  const what = 'dice user host 2 {"abortStatus":502,"abortPercent":10}'
  expect(await injected(abort, settings, 2)).toEqual({ harm: [what], cure: [`heal ${what}`], heals: true })
})

test('a gRPC call gets a grpc-status instead', () => {
  expect(planned(abort, { grpcStatus: 14, ratio: 0.5, first: 1 }, 2, 0.4)).toEqual([{ grpcStatus: 14 }, undefined])
})

test.each([
  [{ status: 503 }, '503 on all attempts'],
  [{ grpcStatus: 14 }, 'grpc-status 14 (UNAVAILABLE) on all attempts'],
  [{ status: 503, ratio: 0.05 }, '503 on 5 % of attempts'],
  [{ status: 503, ratio: 0.0001, dice: true }, "503 on 0.01 % of attempts (Envoy's dice)"],
])('%o in words: %s', (settings, words) => {
  expect(abort.describe(abort.schema.parse(settings))).toBe(words)
})

test.each([
  {},
  { status: 199 },
  { status: 600 },
  { status: 503.5 },
  { status: '503' },
  { status: 503, ratio: 1.1 },
  { status: 503, ratio: -0.1 },
  { status: 503, retio: 1 },
  { status: 503, grpcStatus: 14 },
  { grpcStatus: 0 },
  { grpcStatus: 17 },
  { grpcStatus: 14, dice: true },
])('%o is refused', (settings) => {
  expect(abort.schema.safeParse(settings).success).toBe(false)
})
