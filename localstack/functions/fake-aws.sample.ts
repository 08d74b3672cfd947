// AWS for tests of the functions, in memory and as small as can be: objects, two streams, a topic, a table, invocations.
// Single calls can be made to fail. It knows nothing of time, retries or order across functions; LocalStack does that.

import { Readable } from 'node:stream'
import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { Context } from 'aws-lambda'

interface Command {
  readonly constructor: { readonly name: string }
  readonly input: Readonly<Record<string, unknown>>
}

export interface FakeAws {
  readonly objects: Map<string, Uint8Array>
  /** Texts by stream. */
  readonly streams: Map<string, string[]>
  readonly published: { readonly body: string; readonly attributes: Readonly<Record<string, string>> }[]
  readonly table: Map<string, Readonly<Record<string, { readonly S: string }>>>
  readonly invoked: { readonly name: string; readonly payload: string }[]
  /** Names of all commands, in their order. */
  readonly calls: string[]
  /** What comes back instead of the true answer: thrown where it is an Error. */
  answer: (name: string, input: Readonly<Record<string, unknown>>, occurrence: number) => unknown
  send(command: Command): Promise<unknown>
  reset(): void
}

export function fakeAws(): FakeAws {
  const aws: FakeAws = {
    objects: new Map(),
    streams: new Map(),
    published: [],
    table: new Map(),
    invoked: [],
    calls: [],
    answer: () => undefined,
    async send(command) {
      const name = command.constructor.name.replace(/Command$/, '')
      aws.calls.push(name)
      const planned = aws.answer(name, command.input, aws.calls.filter((call) => call === name).length)
      if (planned instanceof Error) throw planned
      return planned ?? serve(aws, name, command.input)
    },
    reset() {
      for (const store of [aws.objects, aws.streams, aws.table]) store.clear()
      for (const list of [aws.published, aws.invoked, aws.calls]) list.length = 0
      aws.answer = () => undefined
    },
  }
  return aws
}

/** The paginators of the SDK insist on a client of its own class. */
export function fakeDynamo(aws: FakeAws): DynamoDBClient {
  const client = new DynamoDBClient({ region: 'us-east-1' })
  client.send = ((command: Command) => aws.send(command)) as unknown as DynamoDBClient['send']
  return client
}

type Input = Readonly<Record<string, unknown>>

function serve(aws: FakeAws, name: string, input: Input): unknown {
  switch (name) {
    case 'GetObject':
      return getObject(aws, input)
    case 'PutRecords':
      return putRecords(aws, input)
    case 'Publish':
      aws.published.push({ body: String(input.Message), attributes: attributesOf(input) })
      return { MessageId: '1' }
    case 'Invoke':
      aws.invoked.push({
        name: String(input.FunctionName),
        payload: Buffer.from(input.Payload as Uint8Array).toString(),
      })
      return { StatusCode: 202 }
    default:
      return serveTable(aws, name, input)
  }
}

function getObject(aws: FakeAws, input: Input): unknown {
  const bytes = aws.objects.get(`${input.Bucket}/${input.Key}`)
  if (bytes === undefined) throw Object.assign(new Error('no such key'), { name: 'NoSuchKey' })
  return { Body: Readable.from([bytes]), ContentLength: bytes.length, ETag: 'e' }
}

function putRecords(aws: FakeAws, input: Input): unknown {
  const records = input.Records as readonly { readonly Data: Uint8Array }[]
  const stream = aws.streams.get(String(input.StreamName)) ?? []
  aws.streams.set(String(input.StreamName), stream)
  for (const { Data } of records) stream.push(Buffer.from(Data).toString())
  return { FailedRecordCount: 0, Records: records.map(() => ({ SequenceNumber: '1', ShardId: '0' })) }
}

const scanPageItems = 2

function serveTable(aws: FakeAws, name: string, input: Input): unknown {
  const key = (input.Key as { readonly request_id: { readonly S: string } } | undefined)?.request_id.S ?? ''
  if (name === 'GetItem') return { Item: aws.table.get(key) }
  if (name === 'DeleteItem') return aws.table.delete(key) ? {} : {}
  if (name === 'PutItem') {
    const item = input.Item as Readonly<Record<string, { readonly S: string }>>
    const id = item.request_id?.S ?? ''
    if (aws.table.has(id)) throw new ConditionalCheckFailedException({ message: 'it is there', $metadata: {} })
    aws.table.set(id, item)
    return {}
  }
  if (name !== 'Scan') throw new Error(`the fake does not know ${name}`)
  const after =
    (input.ExclusiveStartKey as { readonly request_id: { readonly S: string } } | undefined)?.request_id.S ?? ''
  const open = [...aws.table.keys()].sort().filter((id) => id > after)
  const ids = open.slice(0, scanPageItems)
  const last = ids.at(-1)
  return {
    Items: ids.map((id) => aws.table.get(id)),
    ...(open.length > ids.length && last !== undefined ? { LastEvaluatedKey: { request_id: { S: last } } } : {}),
  }
}

function attributesOf(input: Input): Readonly<Record<string, string>> {
  const given = input.MessageAttributes as Readonly<Record<string, { readonly StringValue: string }>>
  return Object.fromEntries(Object.entries(given).map(([name, { StringValue }]) => [name, StringValue]))
}

export function contextOf(awsRequestId: string, remainingMs = 300_000): Context {
  return { awsRequestId, getRemainingTimeInMillis: () => remainingMs } as Context
}
