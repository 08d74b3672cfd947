import { describe, expect, test } from 'vitest'
import { notification, record, snsEvent } from '../../src/pipeline/records.sample.ts'
import type { Route } from '../../src/pipeline/routing.ts'
import { toItem, toRequest } from './drain-items.ts'
import { parkedItem, recordsIn } from './parked-item.ts'

const routing: readonly Route[] = [
  { prefix: 'drop/', dest: 'drop' },
  { prefix: 'slow/', dest: 'slow' },
]
const at = new Date(Date.UTC(2026, 0, 2))
const attributes = { RequestID: 'r', ErrorCode: '200', ErrorMessage: 'why' }
const park = (body: string) => parkedItem({ messageId: 'm', body, attributes }, routing, at)

describe('the records of', () => {
  test('the payload of Main, bad lines included', () => {
    const one = record('a', { lines: [{ first: 2, last: 3 }] })
    expect(recordsIn(JSON.stringify(one), routing)).toEqual([one])
  })

  test('the payload of EventPusher: all of them, each with its lane', () => {
    const body = JSON.stringify(snsEvent(JSON.stringify(notification('logs', 'a b', 'drop/x', 'slow/+'))))
    expect(recordsIn(body, routing)).toEqual([record('a b'), record('slow/+', { dest_stream: 'slow' })])
  })

  test('a notification itself, and of a list', () => {
    expect(recordsIn(JSON.stringify(notification('logs', 'a')), routing)).toEqual([record('a')])
    expect(recordsIn(JSON.stringify([record('a'), record('b')]), routing)).toEqual([record('a'), record('b')])
  })

  test.each(['', 'x', 'null', '1', '{}', '{"Records":[null]}'])('%j: none', (body) => {
    expect(recordsIn(body, routing)).toEqual([])
  })
})

describe('the item', () => {
  test('holds all that a person needs', () => {
    expect(park(JSON.stringify([record('a'), record('b')]))).toEqual({
      request_id: 'r',
      argument: JSON.stringify([record('a'), record('b')]),
      error_code: '200',
      error_message: 'why',
      parked_at: '2026-01-02T00:00:00.000Z',
    })
  })

  test('keeps a payload that it cannot read', () => {
    expect(park('garbage')).toMatchObject({ argument: '[]', body: 'garbage' })
  })

  test('has a key even without a request id', () => {
    expect(parkedItem({ messageId: 'm', body: 'x', attributes: {} }, routing, at).request_id).toBe('m')
  })

  test('is read back by Drain', () => {
    const { request_id, argument } = park(JSON.stringify([record('a')]))
    expect(toItem({ request_id: { S: request_id }, argument: { S: argument } })).toEqual({
      requestId: 'r',
      records: [record('a')],
    })
  })

  test.each(['[]', '{}', 'x', JSON.stringify([record('a'), {}])])(
    'with the argument %s is left alone by Drain',
    (argument) => {
      expect(toItem({ request_id: { S: 'r' }, argument: { S: argument } })).toBeUndefined()
    },
  )
})

describe('what Drain is asked for', () => {
  test.each([
    [null, {}],
    [{}, {}],
    [{ request_ids: [] }, { requestIds: [] }],
    [{ request_ids: ['a', 'a', 'b'] }, { requestIds: ['a', 'b'] }],
  ])('%j', (event, request) => {
    expect(toRequest(event)).toEqual(request)
  })

  test.each([
    [{ requestIds: ['a'] }],
    [{ request_ids: 'a' }],
    [{ request_ids: [1] }],
    ['all'],
    [{ request_ids: ['a'], more: 1 }],
  ])('%j is refused rather than taken for all', (event) => {
    expect(() => toRequest(event)).toThrow('expected {} or {"request_ids": ["..."]}')
  })
})
