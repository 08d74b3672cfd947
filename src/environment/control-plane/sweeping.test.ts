import { expect, test } from 'vitest'
import type { Registrations } from './registrations.ts'
import { startSweeping } from './sweeping.ts'

function watched() {
  const calls: string[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  const call = (name: string) => {
    calls.push(name)
    if (calls.length >= 3) resolve()
  }
  const registrations: Registrations = {
    register: async () => {},
    deregister: async () => false,
    idle: async () => {},
    hosts: async () => [],
    pardon: async () => call('pardon'),
    sweep: async () => {
      call('sweep')
      if (calls.length === 2) throw new Error('the disk is full')
      return true
    },
  }
  return { calls, registrations, enough: promise }
}

test('sweeps again and again, also after one that failed, and tells of what went', async () => {
  const { calls, registrations, enough } = watched()
  let changes = 0
  const stop = startSweeping(registrations, 10_000, () => changes++)
  stop()
  const stopFast = startSweeping(registrations, 50, () => changes++)
  await enough
  stopFast()
  expect(calls.filter((name) => name === 'sweep').length).toBeGreaterThanOrEqual(2)
  expect(changes).toBeGreaterThanOrEqual(1)
})

test('after a freeze everybody is pardoned first', async () => {
  const { calls, registrations, enough } = watched()
  const stop = startSweeping(registrations, 100, () => {})
  // A frozen process runs no timers: so does one that waits without returning.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 150)
  await enough
  stop()
  expect(calls[0]).toBe('pardon')
})
