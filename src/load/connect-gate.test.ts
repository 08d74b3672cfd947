import type { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { ConnectGate, concurrentConnectsMax } from './connect-gate.ts'
import type { LoadTarget } from './load-job.ts'
import { refusedTarget, startTcpServer } from './test-rig.ts'

/** Opens `count` connections at once and waits for all of them. */
function openMany(gate: ConnectGate, count: number): Promise<readonly (Error | Socket)[]> {
  return Promise.all(
    Array.from({ length: count }, () => {
      return new Promise<Error | Socket>((resolve) => {
        gate.open((error, socket) => {
          // Whoever opened a connection hears its errors from then on.
          socket.on('error', () => {})
          resolve(error ?? socket)
        })
      })
    }),
  )
}

describe('ConnectGate', () => {
  it('makes at most six at once, and all of them in the end', async () => {
    await using server = await startTcpServer(() => {})
    const gate = new ConnectGate(server.target)
    await openMany(gate, 40)
    expect(gate.figures()).toEqual({ opened: 40, failed: 0, peakOpen: 40, peakConnecting: concurrentConnectsMax })
  })

  it('goes on after failures', async () => {
    const gate = new ConnectGate(await refusedTarget())
    const outcomes = await openMany(gate, 20)
    expect(outcomes.every((outcome) => outcome instanceof Error)).toBe(true)
    expect(gate.figures()).toMatchObject({ opened: 0, failed: 20, peakConnecting: concurrentConnectsMax })
  })

  it('gives the place of a cancelled connect to the next, and says nothing to who cancelled', async () => {
    await using server = await startTcpServer(() => {})
    const target: LoadTarget = server.target
    const gate = new ConnectGate(target)
    const told: number[] = []
    const cancels = Array.from({ length: 30 }, (_, index) => gate.open(() => told.push(index)))
    // Some are under way, most still wait.
    for (const cancel of cancels) cancel()
    await openMany(gate, 10)
    expect(told).toEqual([])
    expect(gate.figures().opened).toBe(10)
    for (const cancel of cancels) cancel()
    await openMany(gate, 10)
    expect(gate.figures()).toMatchObject({ opened: 20, peakConnecting: concurrentConnectsMax })
  })
})
