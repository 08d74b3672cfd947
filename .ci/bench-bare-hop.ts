// The emulator's own limit, for comparison: objects through S3, SNS, a function, Kinesis and a second function, both trivial
// and without an SDK, in a fresh emulator with no fault hop and nobody who watches. The rate rises until it is not carried.
//
//     put ─► S3 ─► SNS ─► pusher ─► Kinesis ─► reader: an object is through when it has returned

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { CreateStreamCommand } from '@aws-sdk/client-kinesis'
import { CreateEventSourceMappingCommand, CreateFunctionCommand } from '@aws-sdk/client-lambda'
import { CreateBucketCommand, PutBucketNotificationConfigurationCommand } from '@aws-sdk/client-s3'
import { CreateTopicCommand, SubscribeCommand } from '@aws-sdk/client-sns'
import { strToU8, zipSync } from 'fflate'
import type { Guard } from '../src/cli/guarded.ts'
import { monotonicMs } from '../src/core/clock.ts'
import { EnvironmentError } from '../src/core/errors.ts'
import { type Emulator, startEmulator } from '../src/environment/emulator/emulator.ts'
import { emulatorAccount, emulatorRegion } from '../src/environment/pipeline/adapt-config.ts'
import { type AwsClients, awsClients } from '../src/environment/pipeline/aws-clients.ts'
import { objectPuts } from '../src/environment/pipeline/object-puts.ts'
import { processLife } from '../src/environment/process-life.ts'
import type { LocalstackTool } from '../src/environment/tools/localstack-tool.ts'
import { followSchedule } from '../src/load/schedule.ts'
import { objectsNamed } from '../src/pipeline/named-objects.ts'
import { type Cost, costOf, type Passage, type Step, type StepFigures, stepFigures, usageOf } from './bench-figures.ts'

const ratesPerSecond = [15, 20, 25, 30, 40, 50, 60, 75, 90, 110, 130]
const stepMs = 2_000
/** Steps in a row that were not carried. */
const missedMax = 2
const warmUpObjects = 10
const arriveWithinMs = 60_000
const [bucket, topic, stream, reader] = ['bare', 'bare', 'bare-lane', 'bare-reader']

export interface BareHop {
  readonly steps: readonly StepFigures[]
  readonly put: number
  readonly arrived: number
  readonly cost: Cost | undefined
}

/** @throws EnvironmentError, or the signal's reason */
export async function measureBareHop(guard: Guard, tool: LocalstackTool, bytes: number): Promise<BareHop> {
  const folder = join(guard.watchdog.runFolder.path, 'bare-hop')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const arrivals = arrivalsAtReader()
  const emulator = await startEmulator({
    tool,
    folder,
    watchdog: guard.watchdog,
    services: ['s3', 'sns', 'sqs', 'kinesis', 'lambda', 'iam', 'sts'],
    life: processLife({ scenario: '', emit: () => {}, now: monotonicMs }),
    trace: { ask: arrivals.ask, result: arrivals.result, log: () => {} },
    signal: guard.signal,
  })
  const signal = AbortSignal.any([guard.signal, emulator.lost])
  const aws = awsClients(emulator.endpoint, signal)
  try {
    await deploy(aws)
    return await raise({ emulator, signal, arrivedMs: arrivals.arrivedMs, body: new Uint8Array(bytes).fill(120) })
  } finally {
    aws.destroy()
    await emulator.stop()
  }
}

/** Object to when the second function had returned. */
function arrivalsAtReader() {
  const arrivedMs = new Map<string, number>()
  const reading = new Map<string, readonly string[]>()
  return {
    arrivedMs,
    ask(asked: { readonly function: string; readonly invocation16: string; readonly payload: string }) {
      if (asked.function === reader) reading.set(asked.invocation16, objectsNamed(asked.payload))
      return undefined
    },
    result({ invocation16, atMs, error }: { invocation16: string; atMs: number; error?: unknown }) {
      if (error === undefined) for (const object of reading.get(invocation16) ?? []) arrivedMs.set(object, atMs)
      reading.delete(invocation16)
    },
  }
}

const pusherSource = `
const http = require('http')
const agent = new http.Agent({ keepAlive: true })
const authorization = 'AWS4-HMAC-SHA256 Credential=test/20260101/${emulatorRegion}/kinesis/aws4_request, SignedHeaders=host, Signature=0'
const headers = { authorization, 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'Kinesis_20131202.PutRecords' }
exports.handler = (event) => {
  const records = event.Records.flatMap(({ Sns }) => JSON.parse(Sns.Message).Records || [])
  if (records.length === 0) return Promise.resolve()
  const entry = (record) => ({ Data: Buffer.from(JSON.stringify(record)).toString('base64'), PartitionKey: record.s3.object.key })
  return new Promise((resolve, reject) => {
    const call = http.request(process.env.AWS_ENDPOINT_URL, { method: 'POST', agent, headers }, (answer) => {
      answer.resume()
      answer.on('end', () => answer.statusCode === 200 ? resolve() : reject(new Error('status ' + answer.statusCode)))
    })
    call.on('error', reject)
    call.end(JSON.stringify({ StreamName: '${stream}', Records: records.map(entry) }))
  })
}`

const readerSource = 'exports.handler = async () => {}'

async function deploy(aws: AwsClients): Promise<void> {
  await aws.kinesis.send(new CreateStreamCommand({ StreamName: stream, ShardCount: 1 }))
  const pusher = await createFunction(aws, 'bare-pusher', pusherSource)
  await createFunction(aws, reader, readerSource)
  const { TopicArn } = await aws.sns.send(new CreateTopicCommand({ Name: topic }))
  if (TopicArn === undefined) throw new EnvironmentError('the emulator gave no ARN for a topic')
  await aws.sns.send(new SubscribeCommand({ TopicArn, Protocol: 'lambda', Endpoint: pusher }))
  await aws.s3.send(new CreateBucketCommand({ Bucket: bucket }))
  await aws.s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket: bucket,
      NotificationConfiguration: { TopicConfigurations: [{ TopicArn, Events: ['s3:ObjectCreated:*'] }] },
    }),
  )
  await aws.lambda.send(
    new CreateEventSourceMappingCommand({
      FunctionName: reader,
      EventSourceArn: `arn:aws:kinesis:${emulatorRegion}:${emulatorAccount}:stream/${stream}`,
      StartingPosition: 'TRIM_HORIZON',
      BatchSize: 1,
    }),
  )
}

async function createFunction(aws: AwsClients, name: string, source: string): Promise<string | undefined> {
  const created = await aws.lambda.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Role: `arn:aws:iam::${emulatorAccount}:role/bare`,
      Code: { ZipFile: zipSync({ 'index.js': strToU8(source) }) },
      Timeout: 30,
      MemorySize: 256,
    }),
  )
  return created.FunctionArn
}

interface Raising {
  readonly emulator: Emulator
  readonly signal: AbortSignal
  readonly arrivedMs: ReadonlyMap<string, number>
  readonly body: Uint8Array
}

async function raise({ emulator, signal, arrivedMs, body }: Raising): Promise<BareHop> {
  const puts = objectPuts(emulator.endpoint, signal)
  const putMs = new Map<string, number>()
  const putAll = (ratePerSecond: number, fromMs: number, count: number) =>
    putAtRate(ratePerSecond, fromMs, count, signal, (atMs) => {
      const key = `object-${putMs.size + 1}`
      putMs.set(`${bucket}/${key}`, atMs)
      return puts.put(bucket, key, body)
    })
  try {
    await putAll(warmUpObjects, monotonicMs(), warmUpObjects)
    await allArrived(putMs, arrivedMs, signal)
    const before = usageOf(emulator.pid)
    const steps: Step[] = []
    let missed = 0
    let fromMs = monotonicMs()
    for (const ratePerSecond of ratesPerSecond) {
      const untilMs = fromMs + stepMs
      await putAll(ratePerSecond, fromMs, (ratePerSecond * stepMs) / 1000)
      await pause(Math.max(0, untilMs - monotonicMs()), undefined, { signal })
      const step = { ratePerSecond, fromMs, untilMs }
      steps.push(step)
      fromMs = untilMs
      // One that is not carried may be a hiccup of the machine.
      missed = stepFigures(step, passagesOf(putMs, arrivedMs)).carried ? 0 : missed + 1
      if (missed >= missedMax) break
    }
    await allArrived(putMs, arrivedMs, signal)
    const after = usageOf(emulator.pid)
    const arrived = [...putMs.keys()].filter((object) => arrivedMs.has(object)).length
    const passages = passagesOf(putMs, arrivedMs)
    const figures = steps.map((step) => stepFigures(step, passages))
    return { steps: figures, put: putMs.size, arrived, cost: costOf(before, after, putMs.size - warmUpObjects) }
  } finally {
    puts.stop()
  }
}

function passagesOf(putMs: ReadonlyMap<string, number>, arrivedMs: ReadonlyMap<string, number>): Passage[] {
  return [...putMs].map(([object, atMs]) => {
    const doneMs = arrivedMs.get(object)
    return { lane: 'fast', putMs: atMs, ...(doneMs === undefined ? {} : { doneMs }) }
  })
}

/** Resolves with the last answer. What is due is put, however many are under way. */
async function putAtRate(
  ratePerSecond: number,
  fromMs: number,
  count: number,
  signal: AbortSignal,
  put: (dueMs: number) => Promise<void>,
): Promise<void> {
  const due = Array.from({ length: count }, (_, index) => fromMs + (index * 1000) / ratePerSecond)
  const answers: Promise<void>[] = []
  const ended = Promise.withResolvers<void>()
  const putOne = (index: number) => {
    const answer = put(due[index] ?? fromMs)
    // Whoever awaits it sees the failure, but that is later.
    answer.catch(() => {})
    answers.push(answer)
  }
  const schedule = followSchedule(due, putOne, ended.resolve)
  const end = () => ended.reject(signal.reason)
  signal.addEventListener('abort', end)
  try {
    signal.throwIfAborted()
    await ended.promise
    await Promise.all(answers)
  } finally {
    signal.removeEventListener('abort', end)
    schedule.stop()
    await Promise.allSettled(answers)
  }
}

/** What has not arrived in time is told by the counts. */
async function allArrived(
  putMs: ReadonlyMap<string, number>,
  arrivedMs: ReadonlyMap<string, number>,
  signal: AbortSignal,
): Promise<void> {
  const deadlineMs = monotonicMs() + arriveWithinMs
  while (monotonicMs() < deadlineMs && [...putMs.keys()].some((object) => !arrivedMs.has(object))) {
    await pause(20, undefined, { signal })
  }
}
