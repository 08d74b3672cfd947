import { describe, expect, it } from 'vitest'
import { heartbeatEveryMs, startHeartbeat } from './heartbeat.ts'

/** Collects beats until `isEnough`, then stops. */
function beats(isEnough: (latesMs: readonly number[]) => boolean): Promise<readonly number[]> {
  const latesMs: number[] = []
  return new Promise((resolve) => {
    const stop = startHeartbeat((_atMs, lateMs) => {
      latesMs.push(lateMs)
      if (!isEnough(latesMs)) return
      stop()
      resolve(latesMs)
    })
  })
}

describe('startHeartbeat', () => {
  it('tells how long the thread did not get to run', async () => {
    const told = beats(() => true)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, heartbeatEveryMs + 120)
    const [lateMs] = await told
    expect(lateMs).toBeGreaterThanOrEqual(119)
  })

  it('also tells when all is well', async () => {
    const latesMs = await beats((told) => told.length === 3)
    for (const lateMs of latesMs) expect(lateMs).toBeGreaterThanOrEqual(0)
  })
})
