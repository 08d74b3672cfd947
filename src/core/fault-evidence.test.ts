import { expect, test } from 'vitest'
import { evidenceOf, fired } from './fault-evidence.ts'
import type { AttemptSeen } from './history.ts'
import { numbered, syntheticFault, syntheticRequest } from './synthetic-history.ts'

test('planned faults, dice and acting faults are told apart by kind and settings', () => {
  expect(evidenceOf(syntheticFault())).toBe('plan')
  expect(evidenceOf(syntheticFault({ kind: 'plan', config: { attempts: [503] } }))).toBe('plan')
  expect(evidenceOf(syntheticFault({ config: { status: 503, ratio: 0.1, dice: true } }))).toBe('dice')
  expect(evidenceOf(syntheticFault({ kind: 'kill', config: {} }))).toBe('injection')
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
