import { expect, test } from 'vitest'
import { monotonicMs } from './clock.ts'
import { heartbeatEveryMs, startHeartbeat } from './heartbeat.ts'

function listen(beats: number) {
  const { promise, resolve } = Promise.withResolvers<void>()
  const told: { readonly atMs: number; readonly lateMs: number }[] = []
  const startedMs = monotonicMs()
  const stop = startHeartbeat((atMs, lateMs) => {
    told.push({ atMs, lateMs })
    if (told.length === beats) resolve()
  })
  return { told, enough: promise, stop, startedMs }
}

test('every beat is told, with how late it was', async () => {
  const { told, enough, stop, startedMs } = listen(5)
  await enough
  stop()
  let beforeMs = startedMs
  for (const { atMs, lateMs } of told) {
    // Between two beats lie an interval and the lateness; timers have whole milliseconds.
    expect(atMs - beforeMs).toBeGreaterThan(heartbeatEveryMs + lateMs - 2)
    beforeMs = atMs
  }
})

test('a stall of this thread is told as lateness', async () => {
  const { told, enough, stop } = listen(2)
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, heartbeatEveryMs + 100)
  await enough
  stop()
  expect(told[0]?.lateMs).toBeGreaterThan(98)
})
