import { expect, test } from 'vitest'
import { monotonicMs } from './clock.ts'
import { until } from './until.ts'

test('the moment, one that is past, and a signal before and meanwhile', async () => {
  const stopping = new AbortController()
  const dueMs = monotonicMs() + 20
  expect(await until(dueMs, stopping.signal)).toBe(true)
  // Timers have whole milliseconds.
  expect(monotonicMs()).toBeGreaterThan(dueMs - 1)
  expect(await until(dueMs, stopping.signal)).toBe(true)
  const far = until(monotonicMs() + 60_000, stopping.signal)
  stopping.abort()
  expect(await far).toBe(false)
  expect(await until(monotonicMs() + 60_000, stopping.signal)).toBe(false)
})
