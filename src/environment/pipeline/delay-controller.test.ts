import { expect, test } from 'vitest'
import { nextDelayMs } from './delay-controller.ts'

const settings = { targetMs: 100, delayMsMax: 5000 }

test.each([
  [0, 150, 50],
  [100, 101, 150],
  [4000, 500, 5000],
  [100, 80, 100],
  [100, 20, 90],
  [10, 20, 0],
  [100, undefined, 100],
])('from %s ms at %s ms to %s ms', (delayMs, latencyMs, next) => {
  expect(nextDelayMs(delayMs, latencyMs, settings)).toBe(next)
})

test('it comes to rest: a downstream whose latency falls with the delay is left in the dead band', () => {
  let delayMs = 0
  const seen: number[] = []
  for (let step = 0; step < 100; step++) {
    delayMs = nextDelayMs(delayMs, 20_000 / (delayMs + 20), settings)
    seen.push(delayMs)
  }
  expect(new Set(seen.slice(-50)).size).toBe(1)
})
