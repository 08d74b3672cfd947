// Kinesis by itself, DynamoDB, and what S3 and SNS hand to functions.

import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { CreateTableCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import {
  type _Record,
  AddTagsToStreamCommand,
  CreateStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListShardsCommand,
  PutRecordsCommand,
} from '@aws-sdk/client-kinesis'
import { AddPermissionCommand } from '@aws-sdk/client-lambda'
import { CreateBucketCommand, PutBucketNotificationConfigurationCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { CreateTopicCommand, PublishCommand, SubscribeCommand } from '@aws-sdk/client-sns'
import { wallMs } from '../../../core/clock.ts'
import type { Probe } from './async-probes.ts'
import { type CreatedFunction, Differs, eventually, holds, type World } from './world.ts'

const KIB = 1024

export const storageProbes: Readonly<Record<string, Probe>> = {
  'put-records-limits': async (world) => {
    const stream = await createStream(world, 8)
    await refused(putEntries(world, stream, 501, 1), '501 records')
    await refused(putEntries(world, stream, 6, 1000 * KIB), '5.9 MiB')
  },

  'shard-record-rate': async (world) => {
    const stream = await createStream(world, 1)
    const answers = await Promise.all([1, 2, 3, 4, 5, 6].map(() => putEntries(world, stream, 500, 1)))
    partlyRefused(answers, 1000, 3000)
  },

  'shard-byte-rate': async (world) => {
    const stream = await createStream(world, 1)
    partlyRefused([await putEntries(world, stream, 40, 64 * KIB)], 16, 40)
  },

  'sequence-numbers': async (world) => {
    const stream = await createStream(world, 16)
    const writers = Array.from({ length: 8 }, async () => {
      for (let call = 0; call < 20; call++) await putEntries(world, stream, 50, 10)
    })
    await Promise.all(writers)
    const shards = await readAll(world, stream)
    const numbers = shards.flat()
    holds(numbers.length === 8000, `${8000 - numbers.length} of 8000 records are lost`)
    holds(new Set(numbers).size === 8000, 'numbers are used twice')
    holds(shards.every(isRising), 'numbers do not rise')
    holds(
      numbers.every((number) => number.length >= 56),
      `${numbers[0]} is too short`,
    )
  },

  'stream-retention': async (world) => {
    const stream = await createStream(world, 1)
    const Tags = { 'shaketable:retention-seconds': '1' }
    await world.kinesis.send(new AddTagsToStreamCommand({ StreamName: stream, Tags }))
    await putEntries(world, stream, 5, 10)
    await pause(1200)
    const left = (await readAll(world, stream)).flat().length
    holds(left === 0, `${left} records are still there`)
  },

  'dynamodb-conditions': async (world) => {
    const table = await createTable(world)
    for (let key = 0; key < 20; key++) {
      const tries = Array.from({ length: 8 }, () => putOnce(world, table, `key-${key}`))
      const successes = (await Promise.all(tries)).filter(Boolean).length
      holds(successes === 1, `${successes} conditional puts of one key succeeded`)
    }
  },

  'dynamodb-capacity': async (world) => {
    const table = await createTable(world)
    const puts = Array.from({ length: 100 }, (_, key) => putOnce(world, table, `key-${key}`, 'x'.repeat(4000)))
    const results = await Promise.allSettled(puts)
    holds(
      results.some(({ status }) => status === 'rejected'),
      '400 units were written at once to a table with one a second',
    )
  },

  's3-event-key': async (world) => {
    const { s3 } = await putObject(world, 'a b/c+d/é=1.log')
    holds(s3.object.key === 'a+b/c%2Bd/%C3%A9%3D1.log', `the key is ${s3.object.key}`)
  },

  's3-event-time': async (world) => {
    const { eventTime } = await putObject(world, 'any.log')
    const offSeconds = Math.abs(wallMs() - Date.parse(eventTime)) / 1000
    holds(offSeconds < 60, `it is off by ${Math.round(offSeconds)} s`)
  },

  'arrival-time': async (world) => {
    const stream = await createStream(world, 1)
    await putEntries(world, stream, 1, 10)
    const [arrived] = (await readShards(world, stream)).flat().map((record) => record.ApproximateArrivalTimestamp)
    const offSeconds = Math.abs(wallMs() - (arrived?.getTime() ?? 0)) / 1000
    holds(offSeconds < 60, `it is off by ${Math.round(offSeconds)} s`)
  },

  'sns-retried': async (world) => {
    const { receiver, TopicArn } = await createTopic(world)
    await world.sns.send(new PublishCommand({ TopicArn, Message: 'fail once' }))
    await eventually('a second delivery', () => receiver.calls.length === 2, 8000)
    holds(receiver.calls[0]?.requestId === receiver.calls[1]?.requestId, 'it came as another invocation')
  },
}

async function createStream(world: World, ShardCount: number): Promise<string> {
  const StreamName = world.unique('stream')
  await world.kinesis.send(new CreateStreamCommand({ StreamName, ShardCount }))
  return StreamName
}

function putEntries(world: World, StreamName: string, count: number, bytes: number) {
  const Records = Array.from({ length: count }, () => ({
    Data: new Uint8Array(bytes),
    PartitionKey: randomUUID(),
  }))
  return world.kinesis.send(new PutRecordsCommand({ StreamName, Records }))
}

function partlyRefused(
  answers: readonly Awaited<ReturnType<typeof putEntries>>[],
  takenMin: number,
  count: number,
): void {
  const results = answers.flatMap(({ Records }) => Records ?? [])
  const refusals = results.filter(({ ErrorCode }) => ErrorCode === 'ProvisionedThroughputExceededException').length
  const told = answers.reduce((sum, { FailedRecordCount }) => sum + (FailedRecordCount ?? 0), 0)
  holds(results.length === count, `${results.length} results for ${count} records`)
  holds(refusals > 0 && count - refusals >= takenMin * 0.9, `${refusals} of ${count} were refused`)
  holds(told === refusals, `FailedRecordCount is ${told}, ${refusals} entries failed`)
}

async function refused(call: Promise<unknown>, what: string): Promise<void> {
  const taken = await call.then(
    () => true,
    () => false,
  )
  if (taken) throw new Differs(`${what} in one call were taken`)
}

/** The sequence numbers of each shard, in the order of reading. */
const readAll = async (world: World, stream: string): Promise<string[][]> =>
  (await readShards(world, stream)).map((records) => records.map(({ SequenceNumber }) => SequenceNumber ?? ''))

async function readShards(world: World, StreamName: string): Promise<_Record[][]> {
  const { Shards } = await world.kinesis.send(new ListShardsCommand({ StreamName }))
  const StreamARN = `arn:aws:kinesis:us-east-1:000000000000:stream/${StreamName}`
  return Promise.all(
    (Shards ?? []).map(async ({ ShardId }) => {
      const first = new GetShardIteratorCommand({ StreamName, ShardId, ShardIteratorType: 'TRIM_HORIZON' })
      let { ShardIterator } = await world.kinesis.send(first)
      const records: _Record[] = []
      for (;;) {
        const page = await world.kinesis.send(new GetRecordsCommand({ ShardIterator, StreamARN }))
        if ((page.Records ?? []).length === 0) return records
        records.push(...(page.Records ?? []))
        ShardIterator = page.NextShardIterator
      }
    }),
  )
}

const isRising = (numbers: readonly string[]) =>
  numbers.every((number, index) => index === 0 || BigInt(number) > BigInt(numbers[index - 1] ?? '0'))

async function createTable(world: World): Promise<string> {
  const TableName = world.unique('table')
  await world.dynamodb.send(
    new CreateTableCommand({
      TableName,
      KeySchema: [{ AttributeName: 'key', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'key', AttributeType: 'S' }],
      ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 },
    }),
  )
  return TableName
}

/** Whether the item was new. */
async function putOnce(world: World, TableName: string, key: string, text = ''): Promise<boolean> {
  const Item = { key: { S: key }, ...(text === '' ? {} : { text: { S: text } }) }
  const command = new PutItemCommand({
    TableName,
    Item,
    ConditionExpression: 'attribute_not_exists(#k)',
    ExpressionAttributeNames: { '#k': 'key' },
  })
  try {
    await world.dynamodb.send(command)
    return true
  } catch (error) {
    if (error instanceof Error && error.name === 'ConditionalCheckFailedException') return false
    throw error
  }
}

/** A topic whose only subscriber fails once on `fail once`. */
async function createTopic(world: World): Promise<{ readonly receiver: CreatedFunction; readonly TopicArn: string }> {
  const TopicArn = (await world.sns.send(new CreateTopicCommand({ Name: world.unique('topic') }))).TopicArn ?? ''
  const receiver = await world.createFunction(({ event, number }) =>
    number === 1 && messageIn(event) === 'fail once' ? { error: 'once' } : undefined,
  )
  const statement = { StatementId: 'sns', Action: 'lambda:InvokeFunction', Principal: 'sns.amazonaws.com' }
  await world.lambda.send(new AddPermissionCommand({ FunctionName: receiver.name, ...statement, SourceArn: TopicArn }))
  await world.sns.send(new SubscribeCommand({ TopicArn, Protocol: 'lambda', Endpoint: receiver.arn }))
  return { receiver, TopicArn }
}

const messageIn = (event: unknown) =>
  (event as { readonly Records: readonly { readonly Sns: { readonly Message: string } }[] }).Records[0]?.Sns.Message ??
  ''

interface S3Event {
  readonly eventTime: string
  readonly s3: { readonly object: { readonly key: string } }
}

/** The event that an object put into a bucket with a topic gives. S3 also sends a test event, which is about none. */
async function putObject(world: World, Key: string): Promise<S3Event> {
  const { receiver, TopicArn } = await createTopic(world)
  const Bucket = world.unique('bucket')
  await world.s3.send(new CreateBucketCommand({ Bucket }))
  const TopicConfigurations = [{ TopicArn, Events: ['s3:ObjectCreated:*' as const] }]
  const NotificationConfiguration = { TopicConfigurations }
  await world.s3.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }))
  await world.s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }))
  const eventsIn = ({ event }: { readonly event: unknown }) =>
    (JSON.parse(messageIn(event)) as { readonly Records?: readonly S3Event[] }).Records ?? []
  return eventually('the event', () => receiver.calls.flatMap(eventsIn)[0], 8000)
}
