import { expect, test } from 'vitest'
import { evidenceOf, fired } from './fault-evidence.ts'
import type { AttemptSeen } from './history.ts'
import { numbered, syntheticFault, syntheticRequest } from './synthetic-history.ts'

test('planned faults, dice and acting faults are told apart by kind and settings', () => {
  expect(evidenceOf(syntheticFault())).toBe('plan')
  expect(evidenceOf(syntheticFault({ kind: 'plan', config: { attempts: [503] } }))).toBe('plan')
  expect(evidenceOf(syntheticFault({ config: { status: 503, ratio: 0.1, dice: true } }))).toBe('dice')
  expect(evidenceOf(syntheticFault({ kind: 'throughput', config: { kibPerSecond: 64, ratio: 1 } }))).toBe('plan')
  expect(evidenceOf(syntheticFault({ kind: 'kill', config: {} }))).toBe('injection')
  expect(evidenceOf(syntheticFault({ kind: 'refuse', config: {} }))).toBe('connect')
  expect(evidenceOf(syntheticFault({ kind: 'reset', config: { at: 'request' } }))).toBe('connection')
})

test('a planned fault fired when that very attempt bears its flag on its cluster and host', () => {
  const [, event] = numbered(syntheticRequest({ id: 'a', intendedMs: 0, attempts: [{ faultFlags: ['FI'] }] }))
  const seen = event as AttemptSeen
  const abort = { fault: 'flaky', attempt: 1, status: 503, target: 'user' }
  expect(fired(abort, seen)).toBe(true)
  expect(fired({ ...abort, host: 1 }, seen)).toBe(true)
  expect(fired({ ...abort, host: 2 }, seen)).toBe(false)
  expect(fired({ ...abort, attempt: 2 }, seen)).toBe(false)
  expect(fired({ ...abort, target: 'other' }, seen)).toBe(false)
  expect(fired({ fault: 'slow', attempt: 1, delayMs: 800, target: 'user' }, seen)).toBe(false)
})

test('an abort with a grpc-status bears the flag of an abort; a rate shows as what the fault filter was told', () => {
  const attempts = [{ faultFlags: ['FI'], grpcStatus: 14 }]
  const [, aborted] = numbered(syntheticRequest({ id: 'a', intendedMs: 0, attempts }))
  expect(fired({ fault: 'f', attempt: 1, grpcStatus: 14, target: 'user' }, aborted as AttemptSeen)).toBe(true)
  const [, slowed] = numbered(syntheticRequest({ id: 'b', intendedMs: 0, attempts: [{ kibPerSecond: 64 }] }))
  const rate = { fault: 'f', attempt: 1, target: 'user' }
  expect(fired({ ...rate, kibPerSecond: 64 }, slowed as AttemptSeen)).toBe(true)
  // A slower one of another fault is obeyed in its place.
  expect(fired({ ...rate, kibPerSecond: 128 }, slowed as AttemptSeen)).toBe(true)
  expect(fired({ ...rate, kibPerSecond: 32 }, slowed as AttemptSeen)).toBe(false)
  expect(fired({ ...rate, kibPerSecond: 64 }, aborted as AttemptSeen)).toBe(false)
})
