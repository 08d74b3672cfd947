// How a function runs and ends: timeout, crash, memory, concurrency, and what templates and metrics say of it.

import { setTimeout as pause } from 'node:timers/promises'
import { CreateStackCommand, DescribeStacksCommand, UpdateStackCommand } from '@aws-sdk/client-cloudformation'
import { GetFunctionConcurrencyCommand } from '@aws-sdk/client-lambda'
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { invokeSync, isRecord, type Probe, reserve } from './async-probes.ts'
import { eventually, functionZip, holds, ROLE_ARN, type World } from './world.ts'

export const functionProbes: Readonly<Record<string, Probe>> = {
  'function-timeout': async (world) => {
    const hanging = await world.createFunction(() => new Promise(() => {}), { timeoutSeconds: 1 })
    const { functionError, text } = await invokeSync(world, hanging, {})
    holds(functionError === 'Unhandled' && /Task timed out after 1\.00 seconds/.test(text), text)
  },

  'function-crash': async (world) => {
    const source = 'exports.handler = async (event) => { if (event.exit) process.exit(3); return process.pid }'
    const crashing = await world.createFunction(() => undefined, { source })
    const crashed = await invokeSync(world, crashing, { exit: true })
    holds(/Runtime\.ExitError/.test(crashed.text), crashed.text)
    const next = await invokeSync(world, crashing, {})
    holds(next.functionError === undefined, next.text)
  },

  'function-busy': async (world) => {
    const source = 'exports.handler = async () => { for (;;); }'
    const busy = await world.createFunction(() => undefined, { source, timeoutSeconds: 1 })
    const { text } = await invokeSync(world, busy, {})
    holds(/Task timed out after 1\.00 seconds/.test(text), text)
  },

  'function-memory': async (world) => {
    const source = `const kept = []
      exports.handler = async () => { for (;;) { kept.push(Buffer.alloc(8e6, 1)); await new Promise((r) => setTimeout(r, 10)) } }`
    const hungry = await world.createFunction(() => undefined, { source, timeoutSeconds: 10 })
    const { functionError, text } = await invokeSync(world, hungry, {})
    holds(functionError === 'Unhandled' && !text.includes('timed out'), text)
  },

  'result-limit': async (world) => {
    const source = "exports.handler = async () => 'x'.repeat(6.5e6)"
    const wordy = await world.createFunction(() => undefined, { source })
    const { functionError, text } = await invokeSync(world, wordy, {})
    holds(functionError === 'Unhandled' && /ResponseSizeTooLarge/.test(text), text.slice(0, 200))
  },

  'reserved-concurrency': async (world) => {
    const slow = await world.createFunction(() => pause(800).then(() => undefined))
    await reserve(world, slow, 1)
    const first = invokeSync(world, slow, {})
    await eventually('the first one', () => slow.calls.length === 1)
    const status = await invokeSync(world, slow, {}).then(
      () => 200,
      (error: unknown) => (isRecord(error) && isRecord(error.$metadata) ? error.$metadata.httpStatusCode : 0),
    )
    await first
    holds(status === 429, `status ${String(status)}`)
  },

  'reserved-concurrency-cfn': async (world) => {
    const StackName = world.unique('stack')
    const code = await uploadCode(world)
    const template = (reserved: number) => JSON.stringify(stackWith(`${StackName}-f`, code, reserved))
    await world.cloudformation.send(new CreateStackCommand({ StackName, TemplateBody: template(3) }))
    await stackIs(world, StackName, 'CREATE_COMPLETE')
    holds((await reservedOf(world, `${StackName}-f`)) === 3, 'not set on create')
    await world.cloudformation.send(new UpdateStackCommand({ StackName, TemplateBody: template(5) }))
    await stackIs(world, StackName, 'UPDATE_COMPLETE')
    holds((await reservedOf(world, `${StackName}-f`)) === 5, 'not set on update')
  },

  'parallel-invocations': async (world) => {
    const quick = await world.createFunction(() => pause(100).then(() => undefined))
    const rounds = Array.from({ length: 12 }, () => invokeSync(world, quick, {}))
    const failed = (await Promise.all(rounds)).filter(({ functionError }) => functionError !== undefined)
    holds(failed.length === 0, `${failed.length} of 12 failed`)
  },

  'lambda-metrics': async (world) => {
    const failing = await world.createFunction(() => undefined)
    await invokeSync(world, failing, {})
    const wanted = ['Invocations', 'Duration', 'ConcurrentExecutions']
    const names = await eventually(
      'a metric',
      async () => (await metricsOf(world)).find((found) => found.length > 0),
      3000,
    )
    holds(
      wanted.every((name) => names.includes(name)),
      `only ${names.join(', ')}`,
    )
  },
}

async function uploadCode(world: World) {
  const Bucket = world.unique('code')
  await world.s3.send(new CreateBucketCommand({ Bucket }))
  await world.s3.send(new PutObjectCommand({ Bucket, Key: 'code.zip', Body: functionZip() }))
  return { S3Bucket: Bucket, S3Key: 'code.zip' }
}

const stackWith = (FunctionName: string, Code: object, ReservedConcurrentExecutions: number) => ({
  Resources: {
    Worker: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        FunctionName,
        Code,
        Role: ROLE_ARN,
        Handler: 'index.handler',
        Runtime: 'nodejs22.x',
        ReservedConcurrentExecutions,
      },
    },
  },
})

const stackIs = (world: World, StackName: string, status: string) =>
  eventually(
    `the stack to be ${status}`,
    async () => {
      const { Stacks } = await world.cloudformation.send(new DescribeStacksCommand({ StackName }))
      return Stacks?.[0]?.StackStatus === status
    },
    12_000,
  )

async function reservedOf(world: World, FunctionName: string): Promise<number | undefined> {
  const answer = await world.lambda.send(new GetFunctionConcurrencyCommand({ FunctionName }))
  return answer.ReservedConcurrentExecutions
}

/** CloudWatch's query protocol by hand: a client of its own for one call would be too much. */
async function metricsOf(world: World): Promise<string[][]> {
  const response = await fetch(world.endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      authorization:
        'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/monitoring/aws4_request, SignedHeaders=host, Signature=0',
    },
    body: 'Action=ListMetrics&Version=2010-08-01&Namespace=AWS%2FLambda',
  })
  const text = await response.text()
  return [[...new Set([...text.matchAll(/<MetricName>([^<]+)</g)].map((match) => match[1] ?? ''))]]
}
