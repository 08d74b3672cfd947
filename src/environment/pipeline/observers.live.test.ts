// The observers against a running emulator: what they tell is what was put into lanes, table and topic by others.

import { CreateTableCommand, DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { CreateStreamCommand, PutRecordsCommand } from '@aws-sdk/client-kinesis'
import { CreateBucketCommand, GetObjectCommand, PutBucketNotificationConfigurationCommand } from '@aws-sdk/client-s3'
import { CreateTopicCommand } from '@aws-sdk/client-sns'
import { ListQueuesCommand } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { measureWallOffset, monotonicMs } from '../../core/clock.ts'
import type { HistoryEvent, ItemParked, NewEvent, RecordInLane } from '../../core/history.ts'
import { type AwsClients, awsClients } from './aws-clients.ts'
import { startFanOutQueue } from './fan-out-queue.ts'
import { startLaneReader } from './lane-reader.ts'
import { objectPuts } from './object-puts.ts'
import { startTableWatch } from './table-watch.ts'
import { startTestEmulator, type TestEmulator } from './test-emulator.ts'

let emulator: TestEmulator
let aws: AwsClients
const originMs = monotonicMs()
const now = () => monotonicMs() - originMs
const { offsetMs: wallOffsetMs } = measureWallOffset()

beforeAll(async () => {
  emulator = await startTestEmulator()
  aws = awsClients(emulator.endpoint)
})
afterAll(async () => {
  aws?.destroy()
  await emulator?.stop()
})

function collector<Kind extends HistoryEvent['kind']>(kind: Kind) {
  const events: Omit<Extract<HistoryEvent, { kind: Kind }>, 'seq'>[] = []
  const emit = (event: NewEvent) => {
    if (event.kind === kind) events.push(event as (typeof events)[number])
  }
  return { events, watch: { scenario: 'steady', emit, now } }
}

const record = (key: string, more: object = {}) => ({
  bucket_name: 'logs',
  object_key: key,
  dest_stream: 'fast',
  ...more,
})

test('both lanes are read whole, in the order of each shard, and again from where the reading ended', async () => {
  const streams = { fast: 'seen-fast', slow: 'seen-slow' }
  for (const StreamName of Object.values(streams)) {
    await aws.kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 2 }))
  }
  const put = async (StreamName: string, keys: readonly string[], more: object = {}) => {
    const Records = keys.map((key) => ({
      PartitionKey: `etag-${key}`,
      Data: Buffer.from(JSON.stringify(record(key, more))),
    }))
    for (let from = 0; from < Records.length; from += 500) {
      await aws.kinesis.send(new PutRecordsCommand({ StreamName, Records: Records.slice(from, from + 500) }))
    }
  }
  const many = Array.from({ length: 1200 }, (_, index) => `in put/größe+${index}`)
  await put(streams.fast, many)
  await put(streams.slow, ['slow'], { lines: [{ first: 3, last: 5 }] })
  const { events, watch } = collector('record-in-lane')
  const startedMs = now()
  const lanes = await startLaneReader({ ...watch, kinesis: aws.kinesis, streams, originMs, wallOffsetMs })
  try {
    await lanes.look()
    await put(streams.fast, ['late'])
    await aws.kinesis.send(
      new PutRecordsCommand({
        StreamName: streams.slow,
        Records: [{ PartitionKey: 'x', Data: Buffer.from('no JSON') }],
      }),
    )
    await lanes.look()
    await lanes.look()
  } finally {
    await lanes.stop()
  }
  const ofLane = (lane: string) => events.filter((event) => event.lane === lane)
  expect(new Set(ofLane('fast').map(({ object }) => object))).toEqual(
    new Set([...many, 'late'].map((key) => `logs/${key}`)),
  )
  expect(ofLane('fast').length).toBe(1201)
  expect(new Set(ofLane('fast').map(({ shard }) => shard)).size).toBe(2)
  expect(ofLane('slow').map(({ object, lines }) => [object, lines])).toEqual([
    ['logs/slow', [{ first: 3, last: 5 }]],
    ['', undefined],
  ])
  for (const shard of new Set(events.map((event) => `${event.lane} ${event.shard}`))) {
    const numbers = events.filter((event) => `${event.lane} ${event.shard}` === shard).map(sequenceOf)
    expect(numbers).toEqual(numbers.toSorted((left, right) => (left < right ? -1 : 1)))
  }
  const [first] = ofLane('fast')
  expect(first).toMatchObject({ src: 'lanes', scenario: 'steady', partitionKey: expect.stringContaining('etag-') })
  // Arrival by the stream's own clock: before the reading began, after the test did.
  expect(first?.atMs).toBeLessThan(startedMs)
  expect(first?.atMs).toBeGreaterThan(0)
})

const sequenceOf = ({ sequence }: Omit<RecordInLane, 'seq'>) => BigInt(sequence)

test('lanes that are not there are told with what to do', async () => {
  const streams = { fast: 'nowhere', slow: 'nowhere-else' }
  const { watch } = collector('record-in-lane')
  await expect(startLaneReader({ ...watch, kinesis: aws.kinesis, streams, originMs, wallOffsetMs })).rejects.toThrow(
    /shards of nowhere and nowhere-else could not be listed.*ResourceNotFound[\s\S]*hint/,
  )
})

test('items are told when they appear, change and go, over many pages', async () => {
  const table = 'seen-errors'
  await aws.dynamodb.send(
    new CreateTableCommand({
      TableName: table,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'request_id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'request_id', AttributeType: 'S' }],
    }),
  )
  const put = (id: string, argument: string, more: Record<string, { S: string } | { N: string }> = {}) =>
    aws.dynamodb.send(
      new PutItemCommand({ TableName: table, Item: { request_id: { S: id }, argument: { S: argument }, ...more } }),
    )
  const lines = [{ first: 2, last: 2 }]
  await put('r-1', JSON.stringify([record('a b', { lines }), record('c')]), {
    error_code: { N: '200' },
    error_message: { S: 'bad line' },
  })
  // A page of a scan has at most 1 MB.
  const filling = 'x'.repeat(300_000)
  for (let index = 0; index < 9; index++) await put(`big-${index}`, JSON.stringify([record('d', { filling })]))
  const all = collector('item-parked')
  const gone: string[] = []
  const watch = startTableWatch({
    ...all.watch,
    dynamodb: aws.dynamodb,
    table,
    emit: (event) => {
      all.watch.emit(event)
      if (event.kind === 'item-drained') gone.push(event.item)
    },
  })
  try {
    await watch.look()
    expect(all.events.length).toBe(10)
    const one = all.events.find(({ item }) => item === 'r-1')
    expect(one).toMatchObject({ src: 'table', scenario: 'steady', error: '200: bad line' })
    expect(one?.tasks).toEqual([{ object: 'logs/a b', lines }, { object: 'logs/c' }] satisfies ItemParked['tasks'])
    await watch.look()
    expect(all.events.length).toBe(10)
    await put('r-1', 'no JSON')
    await aws.dynamodb.send(new DeleteItemCommand({ TableName: table, Key: { request_id: { S: 'big-3' } } }))
    await watch.look()
    expect(gone).toEqual(['big-3'])
    expect(all.events.slice(10)).toMatchObject([{ item: 'r-1', tasks: [], error: '' }])
  } finally {
    await watch.stop()
  }
})

test('a second consumer hears of each object by its decoded name, and leaves no queue', async () => {
  const { TopicArn: topicArn = '' } = await aws.sns.send(new CreateTopicCommand({ Name: 'seen-topic' }))
  await aws.s3.send(new CreateBucketCommand({ Bucket: 'seen-logs' }))
  await aws.s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket: 'seen-logs',
      NotificationConfiguration: { TopicConfigurations: [{ TopicArn: topicArn, Events: ['s3:ObjectCreated:*'] }] },
      SkipDestinationValidation: true,
    }),
  )
  const { events, watch } = collector('object-fanned-out')
  const queue = await startFanOutQueue({
    ...watch,
    sns: aws.sns,
    sqs: aws.sqs,
    topicArn,
    name: 'seen-queue',
    consumer: 'seen-queue',
  })
  const puts = objectPuts(emulator.endpoint)
  try {
    const keys = ['in put/größe+1.log', 'b%20c.log', ...Array.from({ length: 25 }, (_, index) => `k-${index}`)]
    for (const key of keys) await puts.put('seen-logs', key, Buffer.from('x'))
    const wanted = new Set(keys.map((key) => `seen-logs/${key}`))
    const deadlineMs = monotonicMs() + 20_000
    while (events.length < keys.length && monotonicMs() < deadlineMs) await queue.look()
    expect(new Set(events.map(({ object }) => object))).toEqual(wanted)
    expect(events[0]).toMatchObject({ src: 'fan-out', consumer: 'seen-queue', scenario: 'steady' })
  } finally {
    puts.stop()
    await queue.stop()
    await queue.stop()
  }
  const left = await aws.sqs.send(new ListQueuesCommand({ QueueNamePrefix: 'seen-queue' }))
  expect(left.QueueUrls ?? []).toEqual([])
})

test('a frozen emulator is no news: the watch goes on when it is thawed, and a stop does not wait for it', async () => {
  const { events, watch } = collector('item-parked')
  const table = startTableWatch({ ...watch, dynamodb: aws.dynamodb, table: 'seen-errors' })
  await table.look()
  const seen = events.length
  await emulator.freeze()
  const item = { request_id: { S: 'r-frozen' }, argument: { S: '[]' } }
  const put = aws.dynamodb.send(new PutItemCommand({ TableName: 'seen-errors', Item: item }))
  await new Promise((resolve) => setTimeout(resolve, 700))
  expect(events.length).toBe(seen)
  await emulator.thaw()
  await put
  await table.look()
  expect(events.at(-1)?.item).toBe('r-frozen')
  await emulator.freeze()
  await new Promise((resolve) => setTimeout(resolve, 400))
  const startedMs = monotonicMs()
  await table.stop()
  expect(monotonicMs() - startedMs).toBeLessThan(1000)
  await emulator.thaw()
})

test('a stream of a known length is put as it is', async () => {
  const { Readable } = await import('node:stream')
  await aws.s3.send(new CreateBucketCommand({ Bucket: 'seen-large' }))
  const piece = Buffer.alloc(65_536, 'line\n')
  const pieces = 400
  const puts = objectPuts(emulator.endpoint)
  const all = function* () {
    for (let index = 0; index < pieces; index++) yield piece
  }
  await puts.put('seen-large', 'big', {
    bytes: piece.length * pieces,
    stream: Readable.from(all(), { objectMode: false }),
  })
  const { Body } = await aws.s3.send(new GetObjectCommand({ Bucket: 'seen-large', Key: 'big' }))
  const body = (await Body?.transformToByteArray()) ?? new Uint8Array()
  expect(Buffer.compare(Buffer.from(body), Buffer.concat(Array.from({ length: pieces }, () => piece)))).toBe(0)
  await expect(puts.put('no-such-bucket', 'k', Buffer.from('x'))).rejects.toMatchObject({ name: 'NoSuchBucket' })
  puts.stop()
})
