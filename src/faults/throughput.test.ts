import { expect, test } from 'vitest'
import { planned } from './test-surface.ts'
import { throughput } from './throughput.ts'

test('attempts whose roll is below the ratio are slowed', () => {
  expect(planned(throughput, { kibPerSecond: 64 }, 2, 0.99)).toEqual([{ kibPerSecond: 64 }, { kibPerSecond: 64 }])
  expect(planned(throughput, { kibPerSecond: 64, ratio: 0.3 }, 1, 0.3)).toEqual([undefined])
  expect(throughput.inject).toBeUndefined()
})

test('in words', () => {
  expect(throughput.describe(throughput.schema.parse({ kibPerSecond: 64, ratio: 0.3 }))).toBe(
    '64 KiB/s on 30 % of attempts',
  )
})

test.each([{}, { kibPerSecond: 0 }, { kibPerSecond: 1.5 }, { kibPerSecond: '64' }, { kibPerSecond: 64, status: 503 }])(
  '%o is refused',
  (settings) => {
    expect(throughput.schema.safeParse(settings).success).toBe(false)
  },
)
