import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeEventRecord } from './event-record.ts'
import { objectsNamed, tasksNamed } from './named-objects.ts'
import { kinesisEvent, notification, record, snsEvent } from './records.sample.ts'

const key = 'a b+c/ü "x".json'
const object = `logs/${key}`
const lines = [{ first: 2, last: 5 }]
const text = encodeEventRecord(record(key, { lines }))
const base64 = Buffer.from(text).toString('base64')

describe('finds the object in', () => {
  const payloads: readonly (readonly [name: string, payload: unknown])[] = [
    ['an S3 notification', notification('logs', key)],
    ['an SNS envelope around it', snsEvent(JSON.stringify(notification('logs', key)))],
    ['an SNS message in a queue', { Type: 'Notification', Message: JSON.stringify(notification('logs', key)) }],
    ['records of Kinesis', kinesisEvent(text)],
    ['the payload of Main', JSON.parse(text)],
    ['a DLQ message of Main', snsEvent(text, { RequestID: '1' })],
    ['a DLQ message of EventPusher', snsEvent(JSON.stringify(snsEvent(JSON.stringify(notification('logs', key)))))],
    ['PutItem', { TableName: 't', Item: { request_id: { S: '1' }, argument: { S: `[${text}]` } } }],
    ['PutRecords', { StreamName: 's', Records: [{ Data: base64, PartitionKey: '0123' }] }],
    ['a delivery to the sink', { object, lines: [[1, 'x']] }],
  ]
  test.each(payloads)('%s', (_name, payload) => {
    expect(objectsNamed(JSON.stringify(payload))).toEqual([object])
  })

  test('Publish, which is a form', () => {
    const form = new URLSearchParams({ Action: 'Publish', TopicArn: 't', Message: text, Version: '1' })
    expect(tasksNamed(form.toString())).toEqual([{ object, lines }])
  })
})

test('the lines of a task come with it', () => {
  expect(tasksNamed(JSON.stringify(kinesisEvent(text, encodeEventRecord(record('b')))))).toEqual([
    { object, lines },
    { object: 'logs/b' },
  ])
})

test('each object once, each task as often as it comes, in their order', () => {
  const payload = JSON.stringify(['b', 'a', 'b'].map((name) => record(name)))
  expect(objectsNamed(payload)).toEqual(['logs/b', 'logs/a'])
  expect(tasksNamed(payload)).toHaveLength(3)
})

test.each([
  '',
  'null',
  '{}',
  '{"request_ids":["1"]}',
  '{"TableName":"t","Key":{"request_id":{"S":"1"}}}',
  '{"Service":"Amazon S3","Event":"s3:TestEvent"}',
  'a=b',
  '{"broken',
  '{"Data":"no base64 of JSON"}',
])('%s names nothing', (payload) => {
  expect(objectsNamed(payload)).toEqual([])
})

test('a broken key is named as it stands', () => {
  const broken = { Records: [{ s3: { bucket: { name: 'logs' }, object: { key: '%zz' } } }] }
  expect(objectsNamed(JSON.stringify(broken))).toEqual(['logs/%zz'])
})

test('at most 1000', () => {
  const many = Array.from({ length: 3000 }, (_, index) => record(String(index)))
  expect(objectsNamed(JSON.stringify(many))).toHaveLength(1000)
})

test('whatever comes, it answers, and soon', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.json().map((json) => JSON.stringify({ Message: json })),
      ),
      (payload) => {
        expect(Array.isArray(tasksNamed(payload))).toBe(true)
        expect(Array.isArray(objectsNamed(payload))).toBe(true)
      },
    ),
  )
  let nested = JSON.stringify(record('deep'))
  for (let depth = 0; depth < 14; depth++) nested = JSON.stringify([nested])
  expect(tasksNamed(nested)).toEqual([])
  expect(tasksNamed('['.repeat(100_000))).toEqual([])
})
