// The functions against an AWS in memory: what each one sends on, and what it does when calls fail. That they work with
// each other on LocalStack is tested live.

import { gzipSync } from 'node:zlib'
import type { KinesisStreamEvent, SNSEvent } from 'aws-lambda'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { type EventRecord, encodeEventRecord } from '../../src/pipeline/event-record.ts'
import { kinesisEvent, notification, record, snsEvent } from '../../src/pipeline/records.sample.ts'
import { contextOf, type FakeAws, fakeAws, fakeDynamo } from './fake-aws.sample.ts'

const aws = vi.hoisted(() => {
  Object.assign(process.env, {
    ROUTING: JSON.stringify([
      { prefix: 'drop/', dest: 'drop' },
      { prefix: 'slow/', dest: 'slow' },
    ]),
    BUCKET_MAPPING: JSON.stringify({
      logs: [
        { prefix: '', format: ['s3-lines', 'json'] },
        { prefix: 'ignored/', format: ['ignore'] },
      ],
    }),
    HANDLER_ARGS: '{"a":1}',
    DELAY: '0',
    MAIN_FUNCTION: 'logs-main',
    DLQ_TOPIC_ARN: 'dlq',
    ERROR_TABLE: 'errors',
    STREAM_FAST: 'fast',
    STREAM_SLOW: 'slow',
  })
  return { current: undefined as unknown as FakeAws }
})

vi.mock('./aws-clients.ts', () => {
  aws.current = fakeAws()
  return {
    s3Client: () => aws.current,
    snsClient: () => aws.current,
    lambdaClient: () => aws.current,
    kinesisClient: () => aws.current,
    dynamoClient: () => fakeDynamo(aws.current),
  }
})

const { handler: eventPusher } = await import('./event-pusher.ts')
const { handler: dispatcher } = await import('./dispatcher.ts')
const { mainOf } = await import('./main.ts')
const { handler: reporter } = await import('./reporter.ts')
const { handler: drain } = await import('./drain.ts')

let fake: FakeAws
beforeEach(() => {
  fake = aws.current
  fake.reset()
  vi.spyOn(console, 'log').mockImplementation(() => undefined)
})

const sns = (message: unknown, attributes?: Readonly<Record<string, string>>) =>
  snsEvent(typeof message === 'string' ? message : JSON.stringify(message), attributes) as unknown as SNSEvent
const kinesis = (...texts: readonly string[]) => kinesisEvent(...texts) as unknown as KinesisStreamEvent
const keysIn = (stream: string) =>
  (fake.streams.get(stream) ?? []).map((text) => (JSON.parse(text) as EventRecord).object_key)

/** Refuses the first entries of the first calls. */
function refuseEntries(entries: number, calls: number): void {
  fake.answer = (name, input, occurrence) => {
    if (name !== 'PutRecords' || occurrence > calls) return undefined
    const records = input.Records as readonly { readonly Data: Uint8Array }[]
    const taken = records.slice(entries).map(({ Data }) => Buffer.from(Data).toString())
    fake.streams.set('fast', [...(fake.streams.get('fast') ?? []), ...taken])
    const refused = { ErrorCode: 'ProvisionedThroughputExceededException', ErrorMessage: 'slow down' }
    const answers = records.map((_record, index) => (index < entries ? refused : { SequenceNumber: '1' }))
    return { FailedRecordCount: Math.min(entries, records.length), Records: answers }
  }
}

describe('EventPusher', () => {
  test('routes, and decodes keys', async () => {
    await eventPusher(sns(notification('logs', 'a b+ü', 'slow/x', 'drop/y')), contextOf('r'))
    expect(keysIn('fast')).toEqual(['a b+ü'])
    expect(keysIn('slow')).toEqual(['slow/x'])
  })

  test('puts again what was refused, and only that', async () => {
    refuseEntries(1, 2)
    await eventPusher(sns(notification('logs', 'a', 'b', 'c')), contextOf('r'))
    expect(keysIn('fast').sort()).toEqual(['a', 'b', 'c'])
    expect(fake.calls).toEqual(['PutRecords', 'PutRecords', 'PutRecords'])
  })

  test('fails where something is left, so that nothing is lost', async () => {
    fake.answer = (name) =>
      name === 'PutRecords' ? Object.assign(new Error('gone'), { name: 'ResourceNotFoundException' }) : undefined
    await expect(eventPusher(sns(notification('logs', 'a')), contextOf('r'))).rejects.toThrow(
      '1 of 1 event records were not taken by their lanes; the last error: ResourceNotFoundException: gone',
    )
    expect(fake.calls).toEqual(['PutRecords'])
  })

  test('parks a record that it cannot understand, and sends on the others', async () => {
    const mixed = { Records: [{ s3: {} }, ...notification('logs', 'a').Records] }
    await eventPusher(sns(mixed), contextOf('r'))
    expect(keysIn('fast')).toEqual(['a'])
    expect(fake.published.map(({ attributes }) => attributes)).toEqual([
      {
        RequestID: 'r.unroutable',
        ErrorCode: 'Unroutable',
        ErrorMessage: expect.stringContaining('expected s3.bucket'),
      },
    ])
  })

  test('lets a test event pass', async () => {
    await eventPusher(sns({ Service: 'Amazon S3', Event: 's3:TestEvent' }), contextOf('r'))
    expect(fake.calls).toEqual([])
  })
})

describe('Dispatcher', () => {
  test('invokes Main once for each record, in their order', async () => {
    const texts = ['a', 'b', 'c'].map((key) => encodeEventRecord(record(key)))
    expect(await dispatcher(kinesis(...texts), contextOf('r'))).toEqual({ batchItemFailures: [] })
    expect(fake.invoked).toEqual(texts.map((payload) => ({ name: 'logs-main', payload })))
  })

  test('parks what it cannot decode, and goes on', async () => {
    await dispatcher(kinesis('garbage', encodeEventRecord(record('a'))), contextOf('r'))
    expect(fake.invoked).toHaveLength(1)
    expect(fake.published).toEqual([
      {
        body: 'garbage',
        attributes: {
          RequestID: 'shardId-000000000000:1.undecodable',
          ErrorCode: 'Undecodable',
          ErrorMessage: expect.stringContaining('garbage'),
        },
      },
    ])
  })

  test('asks only for what is left of a batch, and fails where nothing was done', async () => {
    const texts = ['a', 'b', 'c'].map((key) => encodeEventRecord(record(key)))
    fake.answer = (name, _input, occurrence) => (name === 'Invoke' && occurrence === 2 ? new Error('no') : undefined)
    expect(await dispatcher(kinesis(...texts), contextOf('r'))).toEqual({
      batchItemFailures: [{ itemIdentifier: '2' }],
    })
    expect(fake.invoked).toHaveLength(1)
    fake.answer = () => new Error('no')
    await expect(dispatcher(kinesis(...texts), contextOf('r'))).rejects.toThrow('no')
  })
})

describe('Main', () => {
  const delivered: string[] = []
  const main = mainOf(() => ({
    setup() {
      delivered.length = 0
    },
    recv: ({ source }, event) => void delivered.push(`${source.line} ${JSON.stringify(event)}`),
  }))

  test('delivers every line of the object', async () => {
    fake.objects.set('logs/a.gz', gzipSync('1\n2\n'))
    expect(await main(record('a.gz'), contextOf('r'))).toEqual({ lines: 2, records: 2, bad: 0 })
    expect(delivered).toEqual(['1 1', '2 2'])
    expect(fake.calls).toEqual(['GetObject'])
  })

  test('parks bad lines by one message, and a drain brings back only them', async () => {
    fake.objects.set('logs/a', Buffer.from('1\nx\n3\ny\nz\n'))
    await main(record('a'), contextOf('r'))
    expect(delivered).toEqual(['1 1', '3 3'])
    expect(fake.published).toHaveLength(1)
    const [message] = fake.published
    expect(message?.attributes).toMatchObject({ RequestID: 'r.lines', ErrorCode: 'BadLines' })
    const parked: EventRecord = JSON.parse(message?.body ?? '')
    expect(parked).toEqual(
      record('a', {
        lines: [
          { first: 2, last: 2 },
          { first: 4, last: 5 },
        ],
      }),
    )
    fake.objects.set('logs/a', Buffer.from('1\n2\n3\ny\n5\n'))
    await main(parked, contextOf('s'))
    expect(delivered).toEqual(['2 2', '5 5'])
  })

  test('fails where nothing can be read, without a line of it delivered', async () => {
    const broken = gzipSync('1\n2\n')
    broken.writeUInt32LE(1, broken.length - 8)
    fake.objects.set('logs/a.gz', broken)
    delivered.length = 0
    await expect(main(record('a.gz'), contextOf('r'))).rejects.toThrow('incorrect data check')
    await expect(main(record('gone'), contextOf('r'))).rejects.toThrow('no such key')
    await expect(main({ ...record('a'), bucket_name: 'other' }, contextOf('r'))).rejects.toThrow(
      'expected a format for other/a',
    )
    await expect(main({}, contextOf('r'))).rejects.toThrow('expected bucket_name')
    expect([delivered, fake.published]).toEqual([[], []])
  })

  test('does not even look at what is to be ignored', async () => {
    await main(record('ignored/a'), contextOf('r'))
    expect(fake.calls).toEqual([])
  })
})

describe('Reporter', () => {
  const message = sns(encodeEventRecord(record('a')), { RequestID: 'r', ErrorCode: '200', ErrorMessage: 'why' })

  test('keeps an item once, however often it comes', async () => {
    await reporter(message, contextOf('1'))
    const kept = fake.table.get('r')
    await reporter(message, contextOf('2'))
    expect(fake.table.get('r')).toBe(kept)
    expect(kept).toMatchObject({ argument: { S: JSON.stringify([record('a')]) }, error_message: { S: 'why' } })
  })

  test('does not give up at the first failure', async () => {
    fake.answer = (_name, _input, occurrence) => (occurrence <= 2 ? new Error('throttled') : undefined)
    await reporter(message, contextOf('1'))
    expect(fake.table.size).toBe(1)
    fake.table.clear()
    fake.answer = () => new Error('throttled')
    await expect(reporter(message, contextOf('1', 10_000))).rejects.toThrow('throttled')
  })
})

describe('Drain', () => {
  function parkItem(id: string, records: readonly EventRecord[], parkedAt = '2026-01-02T00:00:00.000Z'): void {
    fake.table.set(id, { request_id: { S: id }, argument: { S: JSON.stringify(records) }, parked_at: { S: parkedAt } })
  }
  const done = { drained: 0, records: 0, failed: 0, missing: 0, unfinished: false }

  test('takes all pages, each record back to its lane', async () => {
    for (const id of ['1', '2', '3', '4', '5']) parkItem(id, [record(id), record(`s${id}`, { dest_stream: 'slow' })])
    expect(await drain({}, contextOf('r'))).toEqual({ ...done, drained: 5, records: 10 })
    expect(keysIn('fast')).toEqual(['1', '2', '3', '4', '5'])
    expect(keysIn('slow')).toEqual(['s1', 's2', 's3', 's4', 's5'])
    expect(fake.table.size).toBe(0)
  })

  test('takes the chosen ones only', async () => {
    for (const id of ['1', '2', '3']) parkItem(id, [record(id)])
    expect(await drain({ request_ids: ['2', 'x'] }, contextOf('r'))).toEqual({
      ...done,
      drained: 1,
      records: 1,
      missing: 1,
    })
    expect([...fake.table.keys()]).toEqual(['1', '3'])
  })

  test('keeps an item of which one lane did not take its record', async () => {
    parkItem('1', [record('a'), record('b', { dest_stream: 'slow' })])
    parkItem('2', [record('c')])
    fake.answer = (name, input) =>
      name === 'PutRecords' && input.StreamName === 'slow'
        ? Object.assign(new Error('gone'), { name: 'ResourceNotFoundException' })
        : undefined
    expect(await drain({}, contextOf('r'))).toEqual({ ...done, drained: 1, records: 2, failed: 1 })
    expect([...fake.table.keys()]).toEqual(['1'])
  })

  test('puts before it deletes', async () => {
    parkItem('1', [record('a')])
    await drain({}, contextOf('r'))
    expect(fake.calls).toEqual(['Scan', 'PutRecords', 'DeleteItem'])
  })

  test('leaves what nobody can read, and what was parked meanwhile', async () => {
    parkItem('1', [])
    parkItem('2', [record('a')], '2999-01-01T00:00:00.000Z')
    expect(await drain({}, contextOf('r'))).toEqual({ ...done, failed: 1 })
    expect(fake.table.size).toBe(2)
  })

  test('stops in time', async () => {
    parkItem('1', [record('a')])
    expect(await drain({}, contextOf('r', 30_000))).toEqual({ ...done, unfinished: true })
    expect(fake.table.size).toBe(1)
  })
})
