import { expect, test } from 'vitest'
import { delay } from './delay.ts'
import { injected, planned } from './test-surface.ts'

test('attempts whose roll is below the ratio are late', () => {
  expect(planned(delay, { duration: '1.5s', ratio: 0.3 }, 1, 0.299)).toEqual([{ delayMs: 1500 }])
  expect(planned(delay, { duration: '1.5s', ratio: 0.3 }, 1, 0.3)).toEqual([undefined])
  expect(planned(delay, { duration: '1ms' }, 1, 0.9)).toEqual([{ delayMs: 1 }])
})

test("Envoy's dice are rolled, and put away", async () => {
  const settings = { duration: '50ms', ratio: 0.5, dice: true }
  expect(planned(delay, settings, 1)).toEqual([undefined])
  const what = 'dice user {"delayMs":50,"delayPercent":50}'
  expect(await injected(delay, settings)).toEqual({ harm: [what], cure: [`heal ${what}`], heals: true })
  expect(await injected(delay, { duration: '50ms' })).toEqual({ harm: [], cure: [], heals: false })
})

test.each([
  [{ duration: '800ms', ratio: 0.3 }, '800 ms late on 30 % of attempts'],
  [{ duration: '2s', dice: true }, "2.00 s late on all attempts (Envoy's dice)"],
])('%o in words: %s', (settings, words) => {
  expect(delay.describe(delay.schema.parse(settings))).toBe(words)
})

test.each(['800', 'soon', '', '0ms', '0.4ms', '61m', '-1s', 800])(
  'a duration of %j is refused, with an example',
  (duration) => {
    const result = delay.schema.safeParse({ duration })
    expect(result.error?.issues[0]?.message).toBe('a duration such as 250ms, 1.5s or 2m, from 1ms to 1h')
  },
)
