import { expect, test } from 'vitest'
import { monotonicMs } from '../core/clock.ts'
import type { NewEvent } from '../core/history.ts'
import { pulseMs, startPulse } from './pulse.ts'

function listen(beats: number) {
  const { promise, resolve } = Promise.withResolvers<void>()
  const events: Extract<NewEvent, { kind: 'heartbeat' }>[] = []
  const originMs = monotonicMs()
  const stop = startPulse((event) => {
    if (event.kind === 'heartbeat') events.push(event)
    if (events.length === beats) resolve()
  }, originMs)
  return { events, enough: promise, stop, originMs }
}

test('every beat is told, with how late it was', async () => {
  const { events, enough, stop } = listen(5)
  await enough
  stop()
  let beforeMs = 0
  for (const { atMs, lateMs } of events) {
    // Between two beats lie an interval and the lateness; timers have whole milliseconds.
    expect(atMs - beforeMs).toBeGreaterThan(pulseMs + lateMs - 2)
    beforeMs = atMs
  }
})

test('a stall of this thread is told as lateness', async () => {
  const { events, enough, stop } = listen(2)
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pulseMs + 100)
  await enough
  stop()
  expect(events[0]?.lateMs).toBeGreaterThan(98)
})
