import { expect, test } from 'vitest'
import type { NewEvent } from '../../core/history.ts'
import type { HopCall, HopCallSeen } from '../aws-hop/hop-context.ts'
import { callEvents } from './call-events.ts'
import type { DeployedPipeline } from './deployed-pipeline.ts'

/** Two pipelines, of which each has functions and a bucket of its own, and a fault named after it. */
const pipelines = ['one', 'other'].map((scenario) => ({
  scenario,
  ownerOf: (name: string) => (name.startsWith(`${scenario}-`) ? { scenario } : undefined),
  hasBucket: (bucket: string) => bucket === `${scenario}-bucket`,
  decideCall: () => ({ action: { status: 500 }, fault: `fault of ${scenario}`, detail: '' }),
})) as unknown as readonly DeployedPipeline[]

const events: NewEvent[] = []
const told = callEvents({
  pipelines: () => pipelines,
  emit: (event) => events.push(event),
  requestIdOf: (invocation16) => (invocation16 === 'known' ? 'request-1' : undefined),
})

const seen = (functionName: string, objects: readonly string[] = []): HopCallSeen => {
  return { functionName, function: 'main', service: 's3', operation: 'GetObject', objects, entries: 1 } as HopCallSeen
}
const call = (changes: Partial<HopCall>): HopCall => {
  const { entries: _, ...rest } = seen('one-main', ['one-bucket/a'])
  return { ...rest, kind: 'aws-called', atMs: 2, startMs: 1, status: 200, applied: true, ...changes } as HopCall
}

test.each([
  ['the function that made it', seen('other-main', ['one-bucket/a']), 'fault of other'],
  ['without a function, the bucket', seen('', ['one-bucket/a/b', 'other-bucket/c']), 'fault of one'],
  ['a function of nobody', seen('third-main', ['one-bucket/a']), undefined],
  ['nothing that is known', seen(''), undefined],
])('a call is decided by %s', (_what, one, fault) => {
  expect(told.decide(one)?.fault).toBe(fault)
})

test.each([
  ['with its invocation', { invocation16: 'known' }, { scenario: 'one', invocation: 'request-1' }],
  ['of an invocation that is not known', { invocation16: 'strange' }, { scenario: 'one' }],
  ['of nobody', { functionName: 'third-main' }, { scenario: '' }],
])('a call is told %s', (_what, changes, expected) => {
  events.length = 0
  told.onCall(call(changes))
  const base = { kind: 'aws-called', src: 'hop', atMs: 2, startMs: 1, status: 200, applied: true }
  const named = { function: 'main', service: 's3', operation: 'GetObject', objects: ['one-bucket/a'] }
  expect(events).toEqual([{ ...base, ...named, ...expected }])
})
