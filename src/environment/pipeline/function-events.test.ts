import { beforeEach, expect, test } from 'vitest'
import type { NewEvent } from '../../core/history.ts'
import type { InvocationAsk, InvocationResult } from '../emulator/emulator.ts'
import { type FunctionOwner, functionEvents } from './function-events.ts'

const events: NewEvent[] = []
beforeEach(() => {
  events.length = 0
})

const owner: FunctionOwner = {
  scenario: 'steady',
  role: 'main',
  decide: ({ objects }) => (objects.includes('b/crash') ? { action: { crash: 'after' }, fault: 'a-crash' } : undefined),
}
const told = () =>
  functionEvents({
    ownerOf: (name) => (name === 'logs-p1-main' ? owner : undefined),
    emit: (event) => events.push(event),
    originMs: 1000,
  })

const names = { function: 'logs-p1-main', requestId: 'request-1', attempt: 2, invocation16: 'abc', atMs: 1250 }
const payload = (object: string) => {
  const [bucket_name, object_key] = object.split('/')
  return JSON.stringify({ bucket_name, object_key, event_time: '2026-01-01T00:00:00Z' })
}
const ask = (changes: Partial<InvocationAsk> = {}): InvocationAsk => ({ ...names, payload: payload('b/k'), ...changes })
const result = (changes: Partial<InvocationResult> = {}): InvocationResult => ({ ...names, durationMs: 7, ...changes })
const base = { src: 'executor', atMs: 250, scenario: 'steady', function: 'main', invocation: 'request-1', attempt: 2 }

test('an invocation and its return, by role and object', () => {
  const trace = told()
  expect(trace.ask(ask())).toBeUndefined()
  trace.result(result())
  expect(events).toEqual([
    { ...base, kind: 'function-invoked', objects: ['b/k'] },
    { ...base, kind: 'function-returned', durationMs: 7 },
  ])
  expect(trace.requestIdOf('abc')).toBe('request-1')
  expect(trace.requestIdOf('def')).toBeUndefined()
})

test('a planned fault is carried out, and is named where it fails the invocation', () => {
  const trace = told()
  expect(trace.ask(ask({ payload: payload('b/crash') }))).toEqual({ crash: 'after' })
  const error = { kind: 'crash', message: 'x'.repeat(2000) } as const
  trace.result(result({ error, fault: true }))
  trace.result(result({ error }))
  expect(events).toEqual([
    { ...base, kind: 'function-invoked', objects: ['b/crash'], fault: 'a-crash' },
    { ...base, kind: 'function-failed', durationMs: 7, error: 'crash', message: 'x'.repeat(500), fault: 'a-crash' },
    // It failed by itself.
    { ...base, kind: 'function-failed', durationMs: 7, error: 'crash', message: 'x'.repeat(500) },
  ])
})

test('a duplicate is told, and meets no fault of its own', () => {
  expect(told().ask(ask({ payload: payload('b/crash'), duplicate: true }))).toBeUndefined()
  expect(events).toEqual([{ ...base, kind: 'function-invoked', objects: ['b/crash'] }])
})

test('shard and sequence number of a batch', () => {
  const record = {
    eventID: 'shardId-000000000001:4956',
    kinesis: { data: Buffer.from(payload('b/k')).toString('base64') },
  }
  told().ask(ask({ payload: JSON.stringify({ Records: [record] }) }))
  expect(events).toMatchObject([{ shard: 'shardId-000000000001', sequence: '4956' }])
})

test.each([
  ['no JSON', '{"bucket'],
  ['nothing', ''],
  ['another event', '{"a":1}'],
])('a payload that is %s names no objects', (_what, text) => {
  told().ask(ask({ payload: text }))
  expect(events).toEqual([{ ...base, kind: 'function-invoked', objects: [] }])
})

test("functions of others are nobody's business", () => {
  const trace = told()
  expect(trace.ask(ask({ function: 'else' }))).toBeUndefined()
  trace.result(result({ function: 'else' }))
  expect(events).toEqual([])
})
