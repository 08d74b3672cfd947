import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  decodeEventRecord,
  type EventRecord,
  encodeEventRecord,
  partitionKeyOf,
  readNotification,
} from './event-record.ts'
import { notification, record } from './records.sample.ts'

// Generating any Unicode takes seconds; these are the characters that encodings stumble over.
const pieces = ['a', ' ', '+', 'ü', '𝄞', '"', '\\', '/', '\n', '%', '%20', '&', '?', '#', '\u2028']
const anyKey = fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 8 }).map((parts) => parts.join(''))

describe('a notification', () => {
  test('gives records with decoded keys', () => {
    const { objects, refused } = readNotification(notification('logs', 'a b+c/ü.json'))
    expect(refused).toEqual([])
    const { dest_stream: _lane, ...wanted } = record('a b+c/ü.json')
    expect(objects).toEqual([wanted])
  })

  test('a space may come as + or as %20, and a plus comes as %2B', () => {
    const keys = ['a+b', 'a%20b', 'a%2Bb'].map((key) => ({
      eventName: 'ObjectCreated:Put',
      s3: { bucket: { name: 'logs' }, object: { key } },
    }))
    const { objects } = readNotification({ Records: keys })
    expect(objects.map(({ object_key }) => object_key)).toEqual(['a b', 'a b', 'a+b'])
  })

  test('every key survives', () => {
    fc.assert(
      fc.property(anyKey, (key) => {
        expect(readNotification(notification('logs', key)).objects[0]?.object_key).toBe(key)
      }),
    )
  })

  test('one bad record does not hide the good ones', () => {
    const good = notification('logs', 'good').Records[0]
    const bad = [null, {}, { s3: {} }, { s3: { bucket: { name: '' }, object: { key: 'a' } } }]
    const broken = { s3: { bucket: { name: 'logs' }, object: { key: '%zz' } } }
    const { objects, refused } = readNotification({ Records: [...bad, broken, good] })
    expect(objects).toHaveLength(1)
    expect(refused).toHaveLength(5)
    expect(refused.at(-1)?.reason).toBe('expected a URL-encoded key, found "%zz"')
  })

  test('a test event and a removal announce nothing', () => {
    expect(readNotification({ Service: 'Amazon S3', Event: 's3:TestEvent' }).skipped).toEqual(['s3:TestEvent'])
    const removed = { eventName: 'ObjectRemoved:Delete', s3: { bucket: { name: 'logs' }, object: { key: 'a' } } }
    expect(readNotification({ Records: [removed] })).toEqual({
      objects: [],
      refused: [],
      skipped: ['ObjectRemoved:Delete'],
    })
  })

  test.each([null, 1, 'x', {}, { Records: 1 }])('%j is none', (value) => {
    expect(readNotification(value).refused).toHaveLength(1)
  })
})

describe('an event record', () => {
  test('comes back from its text', () => {
    const arbitrary = fc.record({
      key: anyKey,
      lines: fc.option(
        fc.array(fc.record({ first: fc.integer({ min: 1, max: 9 }), last: fc.integer({ min: 9 }) }), { maxLength: 4 }),
        {
          nil: undefined,
        },
      ),
    })
    fc.assert(
      fc.property(arbitrary, ({ key, lines }) => {
        const made: EventRecord = { ...record(key), ...(lines === undefined ? {} : { lines }) }
        expect(decodeEventRecord(encodeEventRecord(made))).toEqual(made)
      }),
    )
  })

  test.each([
    ['x', 'expected an event record in JSON'],
    ['[]', 'expected an event record, found'],
    ['{"bucket_name":"b"}', 'expected object_key'],
    ['{"bucket_name":"b","object_key":"k"}', 'expected dest_stream'],
    ['{"bucket_name":"b","object_key":"k","dest_stream":"fast","lines":[{"first":2,"last":1}]}', 'expected lines'],
  ])('%s is none', (text, why) => {
    expect(decodeEventRecord(text)).toContain(why)
  })

  test('has a partition key even without an etag', () => {
    expect(partitionKeyOf(record('a'))).toBe('0123')
    expect(partitionKeyOf({ ...record('a'), object_etag: '' })).toBe('logs/a')
  })
})
