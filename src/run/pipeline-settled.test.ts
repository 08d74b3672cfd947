import { expect, test } from 'vitest'
import type { NewEvent } from '../core/history.ts'
import { type PipelineSettlingOptions, pipelineSettling } from './pipeline-settled.ts'

const base = { src: 'test', scenario: 'steady', atMs: 0 } as const

const put = (object: string, lines: number, changes: object = {}): NewEvent => ({
  ...base,
  kind: 'object-put',
  object,
  source: 0,
  bytes: 1,
  lines,
  poison: [],
  unreadable: false,
  format: 'json',
  dest: 'fast',
  intendedMs: 0,
  ...changes,
})
const delivered = (object: string, line: number, last = line): NewEvent => ({
  ...base,
  kind: 'line-delivered',
  object,
  line,
  ...(last === line ? {} : { last }),
})
const parked = (item: string, object: string, first?: number, last = first): NewEvent => ({
  ...base,
  kind: 'item-parked',
  item,
  tasks: [{ object, ...(first === undefined || last === undefined ? {} : { lines: [{ first, last }] }) }],
  error: 'broken',
})
const drained = (item: string): NewEvent => ({ ...base, kind: 'item-drained', item })
const inLane = (object: string): NewEvent => ({
  ...base,
  kind: 'record-in-lane',
  lane: 'fast',
  shard: 's-0',
  sequence: '1',
  partitionKey: 'p',
  object,
})
type Invocation = { readonly role?: string; readonly id?: string; readonly attempt?: number }
const invocation = ({ role = 'main', id = 'r-1', attempt = 1 }: Invocation) => ({
  ...base,
  function: role,
  invocation: id,
  attempt,
})
const invoked = (which: Invocation, objects: readonly string[] = ['b/a'], shard?: string): NewEvent => ({
  ...invocation(which),
  kind: 'function-invoked',
  objects,
  ...(shard === undefined ? {} : { shard }),
})
const returned = (which: Invocation): NewEvent => ({ ...invocation(which), kind: 'function-returned', durationMs: 1 })
const failed = (which: Invocation, error: 'error' | 'throttled' = 'error'): NewEvent => ({
  ...invocation(which),
  kind: 'function-failed',
  durationMs: 1,
  error,
  message: '',
})

function rig(options: PipelineSettlingOptions = {}) {
  const clock = { ms: 0 }
  const settling = pipelineSettling({ nowMs: () => clock.ms, ...options })
  return {
    see: (...events: readonly NewEvent[]) => {
      for (const event of events) settling.observe(event)
      return settling.missing()
    },
    after: (ms: number) => {
      clock.ms += ms
      return settling.missing()
    },
  }
}

test('nothing was put, nothing is missing', () => {
  expect(rig().see()).toBeUndefined()
})

test('lines are owed from their put until they are delivered or parked', () => {
  const { see } = rig()
  expect(see(put('b/a', 10), put('b/c', 3))).toBe('13 lines of 2 objects not yet delivered or parked')
  expect(see(delivered('b/a', 1, 9))).toBe('4 lines of 2 objects not yet delivered or parked')
  expect(see(delivered('b/a', 3), parked('i', 'b/a', 10))).toBe('3 lines of 1 object not yet delivered or parked')
  expect(see(parked('j', 'b/c'))).toBeUndefined()
})

test('lines that arrive before S3 has answered the put count', () => {
  const { see } = rig()
  expect(see(delivered('b/a', 1, 5), parked('i', 'b/c'), put('b/a', 5), put('b/c', 2))).toBeUndefined()
  expect(see(drained('i'))).toBe('2 lines of 1 object not yet delivered or parked')
})

test('what S3 did not take and what is dropped is not owed', () => {
  expect(rig().see(put('b/a', 5, { error: 'SlowDown' }), put('b/c', 5, { dest: 'drop' }))).toBeUndefined()
})

test('an empty object is owed until main has been through with it', () => {
  const { see } = rig()
  expect(see(put('b/a', 0))).toBe('1 empty object not yet handled')
  expect(see(invoked({}))).toBe('1 empty object not yet handled; main is working on 1')
  expect(see(returned({}))).toBeUndefined()
})

test('a duplicate that still runs counts', () => {
  const { see } = rig()
  see(put('b/a', 1), invoked({}), invoked({ attempt: 2 }), delivered('b/a', 1))
  expect(see(returned({}))).toBe('main is working on 1')
  expect(see(returned({ attempt: 2 }))).toBeUndefined()
})

test('a failed try is awaited until the next one, three in all, or the item', () => {
  const { see } = rig()
  see(put('b/a', 1), delivered('b/a', 1), invoked({}))
  expect(see(failed({}))).toBe('1 failed invocation to be tried again')
  expect(see(invoked({ attempt: 2 }))).toBe('main is working on 1')
  expect(see(failed({ attempt: 2 }), invoked({ attempt: 3 }), failed({ attempt: 3 }))).toBeUndefined()
  expect(see(invoked({ id: 'r-2' }), failed({ id: 'r-2' }))).toBe('1 failed invocation to be tried again')
  expect(see(parked('r-2', 'b/a', 1))).toBeUndefined()
})

test('throttled invocations are always tried again, a failed drain never', () => {
  const { see } = rig()
  expect(see(invoked({ role: 'drain' }), failed({ role: 'drain' }))).toBeUndefined()
  expect(see(invoked({ attempt: 7 }), failed({ attempt: 7 }, 'throttled'))).toBe(
    '1 failed invocation to be tried again',
  )
})

test('a shard is tried until it succeeds, whatever the request id', () => {
  const { see } = rig()
  const role = 'dispatcher-fast'
  expect(see(inLane('b/a'), inLane('b/c'))).toBe('2 records not yet dispatched')
  expect(see(invoked({ role, id: '1' }, ['b/a', 'b/c'], 's-0'))).toBe(
    'dispatcher-fast is working on 1; 2 records not yet dispatched',
  )
  expect(see(failed({ role, id: '1' }))).toBe('1 failed invocation to be tried again; 2 records not yet dispatched')
  see(invoked({ role, id: '2' }, ['b/a', 'b/c'], 's-0'))
  expect(see(returned({ role, id: '2' }))).toBeUndefined()
})

test('a record that was dispatched before we read it is not waited for', () => {
  const { see } = rig()
  const role = 'dispatcher-fast'
  see(invoked({ role }, ['b/a'], 's-0'), returned({ role }))
  expect(see(inLane('b/a'))).toBeUndefined()
  expect(see(inLane('b/a'))).toBe('1 record not yet dispatched')
})

test('after a drain the lines of its items are owed again', () => {
  const { see } = rig()
  see(put('b/a', 10), delivered('b/a', 1, 4), parked('i', 'b/a', 5, 6), parked('j', 'b/a', 7, 10))
  expect(see(drained('i'))).toBe('2 lines of 1 object not yet delivered or parked')
  expect(see(delivered('b/a', 5))).toBe('1 line of 1 object not yet delivered or parked')
  expect(see(parked('k', 'b/a', 6))).toBeUndefined()
  expect(see(drained('j'))).toBe('4 lines of 1 object not yet delivered or parked')
  expect(see(delivered('b/a', 7, 10))).toBeUndefined()
})

test('a drained item whose lines came before we saw it gone owes nothing', () => {
  const { see } = rig()
  see(put('b/a', 10), delivered('b/a', 1, 4), parked('i', 'b/a'))
  see(delivered('b/a', 1, 9), parked('j', 'b/a', 10))
  expect(see(drained('i'))).toBeUndefined()
  expect(see(drained('j'))).toBe('1 line of 1 object not yet delivered or parked')
})

test('what is lost is waited for while something is under way, and then a while', () => {
  const { see, after } = rig()
  const owed = '1 line of 1 object not yet delivered or parked'
  see(put('b/a', 1), invoked({}))
  expect(after(60_000)).toBe(`${owed}; main is working on 1`)
  expect(see(returned({}))).toBe(owed)
  expect(after(5999)).toBe(owed)
  expect(after(1)).toBeUndefined()
  expect(see(inLane('b/c'))).toBe(`${owed}; 1 record not yet dispatched`)
  expect(after(9999)).toBe(`${owed}; 1 record not yet dispatched`)
  expect(after(1)).toBeUndefined()
})

test('while a fault is on, silence says nothing', () => {
  const { see, after } = rig()
  const fault = { ...base, fault: 'frozen', target: 'emulator', detail: '' }
  see(put('b/a', 1), { ...fault, kind: 'fault-injected' })
  expect(after(60_000)).toBe('1 line of 1 object not yet delivered or parked; fault "frozen" is on')
  see({ ...fault, kind: 'fault-healed' })
  expect(after(6000)).toBeUndefined()
})

test('heartbeats are no sign of life', () => {
  const { see, after } = rig()
  see(put('b/a', 1))
  after(6000)
  expect(see({ ...base, kind: 'heartbeat', lateMs: 1 })).toBeUndefined()
})

test('a second consumer is waited for where there is one', () => {
  const heard = (object: string): NewEvent => ({ ...base, kind: 'object-fanned-out', object, consumer: 'queue' })
  const events = [heard('b/c'), put('b/a', 0, { dest: 'drop' }), put('b/c', 0, { dest: 'drop' })]
  expect(rig().see(...events)).toBeUndefined()
  const { see } = rig({ fanOut: true })
  expect(see(...events)).toBe('1 object not yet heard of by the second consumer')
  expect(see(heard('b/a'), heard('b/a'))).toBeUndefined()
})

test('lines that come in any order are counted once', () => {
  const { see } = rig()
  see(put('b/a', 1_000_000))
  for (let line = 1; line <= 50_000; line += 2) see(delivered('b/a', line))
  expect(see(delivered('b/a', 2, 999_999))).toBe('1 line of 1 object not yet delivered or parked')
})
