// What a conformance probe works with: clients of the running emulator, functions whose behaviour the probe decides for each
// invocation, and waiting. A probe throws `Differs` where the emulator is not like AWS; anything else it throws is a fault
// of the test.

import { setTimeout as pause } from 'node:timers/promises'
import { CloudFormationClient } from '@aws-sdk/client-cloudformation'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { KinesisClient } from '@aws-sdk/client-kinesis'
import { CreateFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { S3Client } from '@aws-sdk/client-s3'
import { SNSClient } from '@aws-sdk/client-sns'
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { strToU8, zipSync } from 'fflate'
import { monotonicMs } from '../../../core/clock.ts'
import type { InvocationAction } from '../../../core/pipeline-fault.ts'
import { SCRIPTED_SOURCE, type Script, type ScriptedCalls, type ScriptServer } from './scripted-function.ts'

/** The emulator does not do what AWS does. */
export class Differs extends Error {}

export interface FunctionOptions {
  readonly timeoutSeconds?: number
  readonly memoryMb?: number
  readonly deadLetterArn?: string
  /** JavaScript of its own instead of the script. */
  readonly source?: string
}

export interface CreatedFunction extends ScriptedCalls {
  readonly name: string
  readonly arn: string
}

export interface World {
  readonly s3: S3Client
  readonly sns: SNSClient
  readonly sqs: SQSClient
  readonly kinesis: KinesisClient
  readonly lambda: LambdaClient
  readonly dynamodb: DynamoDBClient
  readonly cloudformation: CloudFormationClient
  readonly endpoint: string
  /** Delays before attempts 2 and 3 that the emulator was started with. */
  readonly asyncRetryMs: readonly [number, number]
  /** Asynchronous invocations at once that the emulator was started with. */
  readonly asyncParallelism: number
  /** Between two polls of a stock mapping. */
  readonly pollIntervalMs: number
  /** A name that no other probe uses. */
  readonly unique: (word: string) => string
  /** The executor does this to the next invocations of the function. */
  readonly plan: (functionName: string, actions: readonly InvocationAction[]) => void
  /** When the executor asked for the function's plan, refused invocations included. */
  readonly askedAtMs: (functionName: string) => readonly number[]
  readonly createFunction: (script: Script, options?: FunctionOptions) => Promise<CreatedFunction>
  readonly createQueue: () => Promise<{ readonly url: string; readonly arn: string }>
}

export const ROLE_ARN = 'arn:aws:iam::000000000000:role/conformance'

export function createWorld(
  endpoint: string,
  scripts: ScriptServer,
  settings: Pick<World, 'asyncRetryMs' | 'asyncParallelism' | 'pollIntervalMs' | 'plan' | 'askedAtMs'>,
): World {
  const config = { endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } }
  const s3 = new S3Client({ ...config, forcePathStyle: true })
  // HTTP/2, which this client would speak by itself, ends with a protocol error where an answer is large.
  const kinesis = new KinesisClient({ ...config, requestHandler: s3.config.requestHandler })
  const lambda = new LambdaClient({ ...config, maxAttempts: 1 })
  const sqs = new SQSClient(config)
  let count = 0
  const unique = (word: string) => {
    count += 1
    return `${word}-${count}`
  }
  return {
    ...settings,
    endpoint,
    s3,
    kinesis,
    lambda,
    sqs,
    sns: new SNSClient(config),
    dynamodb: new DynamoDBClient(config),
    cloudformation: new CloudFormationClient(config),
    unique,
    createFunction: async (script, options = {}) => {
      const name = unique('function')
      const calls = scripts.serve(name, script)
      const created = await lambda.send(
        new CreateFunctionCommand({
          FunctionName: name,
          Runtime: 'nodejs22.x',
          Handler: 'index.handler',
          Role: ROLE_ARN,
          Code: { ZipFile: functionZip(options.source) },
          Timeout: options.timeoutSeconds ?? 10,
          MemorySize: options.memoryMb ?? 128,
          Environment: { Variables: { SCRIPT_URL: `${scripts.url}/${name}` } },
          ...(options.deadLetterArn === undefined ? {} : { DeadLetterConfig: { TargetArn: options.deadLetterArn } }),
        }),
      )
      return { ...calls, name, arn: created.FunctionArn ?? '' }
    },
    createQueue: async () => {
      const name = unique('queue')
      const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name }))
      return { url: QueueUrl ?? '', arn: `arn:aws:sqs:us-east-1:000000000000:${name}` }
    },
  }
}

export function functionZip(source: string = SCRIPTED_SOURCE): Uint8Array {
  return zipSync({ 'index.js': strToU8(source) })
}

/** The condition's value as soon as it has one. */
export async function eventually<Value>(
  what: string,
  condition: () => Value | undefined | false | Promise<Value | undefined | false>,
  timeoutMs = 5000,
): Promise<Value> {
  const deadlineMs = monotonicMs() + timeoutMs
  for (;;) {
    const value = await condition()
    if (value !== undefined && value !== false) return value
    if (monotonicMs() > deadlineMs) throw new Differs(`${what}: not within ${timeoutMs} ms`)
    await pause(20)
  }
}

/** Nothing of the kind happens within the time; for what must *not* come there is no other way. */
export async function never(what: string, condition: () => boolean, durationMs: number): Promise<void> {
  const deadlineMs = monotonicMs() + durationMs
  while (monotonicMs() < deadlineMs) {
    if (condition()) throw new Differs(what)
    await pause(20)
  }
}

export function holds(condition: boolean, otherwise: string): void {
  if (!condition) throw new Differs(otherwise)
}

export async function nextMessage(world: World, queueUrl: string, timeoutMs = 5000) {
  return eventually(
    'a message in the queue',
    async () => {
      const { Messages } = await world.sqs.send(
        new ReceiveMessageCommand({ QueueUrl: queueUrl, MessageAttributeNames: ['All'], WaitTimeSeconds: 0 }),
      )
      return Messages?.[0]
    },
    timeoutMs,
  )
}
