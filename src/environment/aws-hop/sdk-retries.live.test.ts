// The real SDKs through the hop to a real LocalStack: every error shape must be taken for what it is on AWS, that is retried
// or not, and the calls must be told apart and attributed. SDK v3 in this process, boto3 in LocalStack's own Python.

import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { CreateStreamCommand, KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { CreateTopicCommand, PublishCommand, SNSClient } from '@aws-sdk/client-sns'
import { CreateQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { CallAction } from '../../core/pipeline-fault.ts'
import { objectsNamed } from '../../pipeline/named-objects.ts'
import { type Emulator, startEmulator } from '../emulator/emulator.ts'
import { nameRunFolder } from '../process/run-folder.ts'
import { startWatchdog, type Watchdog } from '../process/watchdog.ts'
import { ensureLocalstack, type LocalstackTool } from '../tools/localstack-tool.ts'
import { type AwsHop, startAwsHop } from './aws-hop.ts'
import type { HopCall } from './hop-context.ts'
import { botoCalls } from './test-boto.ts'
import { invocation16 } from './test-hop.ts'

const functionName = 'logs-main'
const bucket = 'hop-bucket'
const key = 'in/a b+ü.log'
const record = JSON.stringify({ bucket_name: bucket, object_key: key })
const services = ['s3', 'sns', 'sqs', 'kinesis', 'dynamodb', 'lambda'] as const
type Service = (typeof services)[number]

let watchdog: Watchdog
let tool: LocalstackTool
let emulator: Emulator
let hop: AwsHop
let calls: HopCall[] = []
let action: CallAction | undefined
const hit = new Set<string>()

beforeAll(async () => {
  vi.stubEnv('AWS_SDK_UA_APP_ID', functionName)
  // Only inside Lambda do the SDKs pass the trace on.
  vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', functionName)
  vi.stubEnv('_X_AMZN_TRACE_ID', `Root=1-00000000-000000000000000000000000;Parent=${invocation16};Sampled=1`)
  tool = await ensureLocalstack()
  const runFolder = nameRunFolder()
  watchdog = await startWatchdog(runFolder)
  emulator = await startEmulator({
    tool,
    watchdog,
    folder: join(runFolder.path, 'emulator'),
    services,
    life: { watch: () => undefined },
    trace: { ask: () => undefined, result: () => undefined, log: () => undefined },
  })
  hop = await startAwsHop({
    upstream: () => emulator.endpoint,
    now: () => performance.now(),
    namesOf: objectsNamed,
    // The first call of every service since `plan`.
    decide: ({ service }) => {
      if (action === undefined || hit.has(service)) return undefined
      hit.add(service)
      return { action, fault: 'planned', detail: '' }
    },
    crash: () => undefined,
    onCall: (call) => calls.push(call),
  })
  await createResources()
})

afterAll(async () => {
  await hop?.stop()
  await emulator?.stop()
  await watchdog?.close()
  vi.unstubAllEnvs()
})

function plan(next: CallAction | undefined): void {
  action = next
  hit.clear()
  calls = []
}

function clients() {
  const config = {
    endpoint: hop.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  }
  return {
    s3: new S3Client({ ...config, forcePathStyle: true }),
    sns: new SNSClient(config),
    sqs: new SQSClient(config),
    kinesis: new KinesisClient(config),
    dynamodb: new DynamoDBClient(config),
    lambda: new LambdaClient(config),
  }
}

let topic = ''
let queue = ''

async function createResources(): Promise<void> {
  const { s3, sns, sqs, kinesis, dynamodb } = clients()
  await s3.send(new CreateBucketCommand({ Bucket: bucket }))
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: 'line\n'.repeat(10_000) }))
  topic = (await sns.send(new CreateTopicCommand({ Name: 'hop' }))).TopicArn ?? ''
  queue = (await sqs.send(new CreateQueueCommand({ QueueName: 'hop' }))).QueueUrl ?? ''
  await kinesis.send(new CreateStreamCommand({ StreamName: 'hop', ShardCount: 1 }))
  await dynamodb.send(
    new CreateTableCommand({
      TableName: 'hop',
      KeySchema: [{ AttributeName: 'request_id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'request_id', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  )
}

interface Tried {
  readonly attempts: number
  /** Name of the error that the caller saw. */
  readonly error?: string
}

/** The calls that a pipeline makes; the function that Lambda is asked for does not exist, which is an answer as well. */
async function withSdk(): Promise<Record<Service, Tried>> {
  const { s3, sns, sqs, kinesis, dynamodb, lambda } = clients()
  const data = Buffer.from(record)
  const entries = ['a', 'b', 'c'].map((PartitionKey) => ({ Data: data, PartitionKey }))
  const tried = {
    s3: await attempted(async () => {
      const answer = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
      await answer.Body?.transformToString()
      return answer
    }),
    sns: await attempted(() => sns.send(new PublishCommand({ TopicArn: topic, Message: record }))),
    sqs: await attempted(() => sqs.send(new SendMessageCommand({ QueueUrl: queue, MessageBody: record }))),
    kinesis: await attempted(() => kinesis.send(new PutRecordsCommand({ StreamName: 'hop', Records: entries }))),
    dynamodb: await attempted(() =>
      dynamodb.send(
        new PutItemCommand({ TableName: 'hop', Item: { request_id: { S: 'r' }, argument: { S: `[${record}]` } } }),
      ),
    ),
    lambda: await attempted(() =>
      lambda.send(new InvokeCommand({ FunctionName: 'nobody', InvocationType: 'Event', Payload: data })),
    ),
  }
  for (const client of [s3, sns, sqs, kinesis, dynamodb, lambda]) client.destroy()
  return tried
}

interface Metadata {
  readonly $metadata?: { readonly attempts?: number }
}

async function attempted(call: () => Promise<Metadata>): Promise<Tried> {
  try {
    return { attempts: (await call()).$metadata?.attempts ?? 0 }
  } catch (error) {
    const { $metadata } = error as Metadata
    return { attempts: $metadata?.attempts ?? 0, error: error instanceof Error ? error.name : String(error) }
  }
}

async function withBoto(): Promise<Record<Service, Tried>> {
  const { stdout } = await promisify(execFile)(tool.python, ['-c', botoCalls(services, bucket, key)], {
    env: {
      PATH: process.env.PATH,
      ENDPOINT: hop.url,
      RECORD: record,
      TOPIC: topic,
      QUEUE: queue,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_RETRY_MODE: 'standard',
      AWS_SDK_UA_APP_ID: functionName,
      AWS_LAMBDA_FUNCTION_NAME: functionName,
      _X_AMZN_TRACE_ID: process.env._X_AMZN_TRACE_ID,
    },
  })
  return JSON.parse(stdout)
}

const operations = {
  s3: 'GetObject',
  sns: 'Publish',
  sqs: 'SendMessage',
  kinesis: 'PutRecords',
  dynamodb: 'PutItem',
  lambda: 'Invoke',
}
/** What each is told when nothing is planned. */
const unharmed = { lambda: 'ResourceNotFoundException' }

/** What is expected of every service: attempts, and the error that is left. */
function all(attempts: number, error?: string): Record<Service, Tried> {
  const entries = services.map((service) => {
    const left = error ?? (service === 'lambda' ? unharmed.lambda : undefined)
    return [service, { attempts, ...(left === undefined ? {} : { error: left }) }]
  })
  return Object.fromEntries(entries) as Record<Service, Tried>
}

describe.each([
  ['SDK v3', withSdk],
  ['boto3', withBoto],
])('%s', (_sdk, tried) => {
  test('calls are told apart, attributed, and named after their object', async () => {
    plan(undefined)
    expect(await tried()).toEqual(all(1))
    expect(calls).toHaveLength(services.length)
    for (const service of services) {
      expect(calls.find((call) => call.service === service)).toMatchObject({
        operation: operations[service],
        function: 'main',
        functionName,
        invocation16,
        objects: [`${bucket}/${key}`],
      })
    }
  })

  test.each<CallAction>([
    { throttle: true },
    { status: 500 },
    { status: 503 },
    { reset: 'before' },
    { reset: 'after' },
  ])('%o is retried', async (planned) => {
    plan(planned)
    expect(await tried()).toEqual(all(2))
    const harmed = calls.filter(({ fault }) => fault === 'planned')
    expect(harmed.map(({ service }) => service).sort()).toEqual([...services].sort())
    for (const { service, applied } of harmed) expect(applied).toBe(planned.reset === 'after' && service !== 'lambda')
  })

  test('a status of the client is not', async () => {
    plan({ status: 403 })
    const answers = await tried()
    for (const service of services)
      expect(answers[service]).toMatchObject({ attempts: 1, error: expect.stringMatching(/Den|Auth/) })
    expect(calls).toHaveLength(services.length)
  })

  test('refused entries of PutRecords are told, and not retried', async () => {
    plan({ refuseEntries: [0, 2] })
    expect(await tried()).toEqual(all(1))
    expect(calls.find(({ service }) => service === 'kinesis')).toMatchObject({ status: 200, entries: 3, refused: 2 })
    expect(calls.filter(({ fault }) => fault !== undefined)).toHaveLength(1)
  })

  test('a cut download is an error of its reader, which no SDK hides', async () => {
    plan({ cutBodyRatio: 0.5 })
    const { s3 } = await tried()
    expect(s3.error).toBeDefined()
    expect(calls.find(({ service }) => service === 's3')).toMatchObject({ status: 0, error: 'cut', applied: true })
  })
})

test('a frozen emulator: the caller gives up, and the hop tells the truth when it thaws', async () => {
  plan(undefined)
  const { s3 } = clients()
  await emulator.freeze()
  const asked = attempted(() =>
    s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }), { abortSignal: AbortSignal.timeout(300) }),
  )
  expect((await asked).error).toMatch(/Abort/)
  await emulator.thaw()
  await expect.poll(() => calls.length).toBe(1)
  expect(calls[0]).toMatchObject({ status: 0, error: 'aborted', applied: true })
  s3.destroy()
})
