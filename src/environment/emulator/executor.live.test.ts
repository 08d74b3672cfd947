// Functions in the real emulator, as our executor runs them: what they see, how they may end, and how their calls are known.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  CreateBucketCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { credentials, isRunning, region, startTestEmulator, type TestEmulator } from './test-emulator.ts'
import { errorOf, nodeSource, pythonSource, type Returned } from './test-functions.ts'

let live: TestEmulator
beforeAll(async () => {
  live = await startTestEmulator()
  await live.create('node', 'index.js', nodeSource, { Timeout: 1, Environment: { Variables: { COLOUR: 'red' } } })
  await live.create('patient', 'index.js', nodeSource, { Timeout: 60 })
  await live.create('python', 'main.py', pythonSource, { Timeout: 2, MemorySize: 256 })
})
afterAll(() => live?.[Symbol.asyncDispose]())

const resultsOf = (requestId: string) => live.results.filter((result) => result.requestId === requestId)
const kindOf = (requestId: string) => resultsOf(requestId).map(({ error }) => error?.kind ?? 'returned')
describe('what a function sees', () => {
  test('node: event, context, environment as on AWS and nothing of the emulator', async () => {
    const outcome = await live.invoke('node', { text: 'ü\u2028"' })
    const { env, context, ...rest } = outcome.payload as Returned & { event: unknown }
    expect(rest.event).toEqual({ text: 'ü\u2028"' })
    expect(context).toMatchObject({
      functionName: 'node',
      memoryLimitInMB: '128',
      awsRequestId: outcome.requestId,
      invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:node',
    })
    expect(context.left).toBeGreaterThan(500)
    expect(env).toMatchObject({
      COLOUR: 'red',
      AWS_LAMBDA_FUNCTION_NAME: 'node',
      AWS_REGION: 'us-east-1',
      AWS_SDK_UA_APP_ID: 'node',
      AWS_ENDPOINT_URL: live.emulator.endpoint,
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x',
      _HANDLER: 'index.handler',
    })
    expect(env._X_AMZN_TRACE_ID).toMatch(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=1$/)
    const ask = live.asks.find(({ requestId }) => requestId === outcome.requestId)
    expect(env._X_AMZN_TRACE_ID).toContain(`Parent=${ask?.invocation16};`)
    expect(Object.keys(env).filter((name) => /SHAKETABLE|LOCALSTACK|GATEWAY|FILESYSTEM/.test(name))).toEqual([])
    expect(outcome.logTail).toMatch(/^START RequestId.*\tINFO\tevent .*\nEND RequestId.*\nREPORT/s)
  })

  test('python: the same', async () => {
    const outcome = await live.invoke('python', { a: 1 })
    expect(outcome.payload).toMatchObject({ event: { a: 1 }, id: outcome.requestId })
    const { env } = outcome.payload as Returned
    expect(env).toMatchObject({ AWS_LAMBDA_FUNCTION_NAME: 'python', AWS_SDK_UA_APP_ID: 'python', TZ: ':UTC' })
    expect(env.AWS_ENDPOINT_URL).toBe(live.emulator.endpoint)
  })

  test('the process is kept, and frozen between events: what was not waited for does not go on', async () => {
    const first = (await live.invoke('node', { background: true })).payload as Returned
    await new Promise((resolve) => setTimeout(resolve, 300)) // the background work would take 20 ms
    await live.invoke('node')
    const { pid, calls } = (await live.invoke('node')).payload as Returned
    expect(pid).toBe(first.pid)
    expect(calls).toHaveLength(1)
    expect(calls[0]).toBeGreaterThan(299)
  })

  test.each([
    ['an ES module', 'index.mjs', 'export const handler = async () => import.meta.url.slice(0, 5)', 'file:'],
    ['a callback', 'index.js', 'exports.handler = (e, c, done) => { setTimeout(() => done(null, 7), 20) }', 7],
    [
      'a callback, and work after it',
      'index.js',
      'let n = 0; exports.handler = (e, c, done) => { done(null, 8); setTimeout(() => n++, 50) }',
      8,
    ],
    ['no answer', 'index.js', 'exports.handler = () => 5', null],
  ])('node handlers: %s', async (name, file, source, expected) => {
    const functionName = name.replace(/\W/g, '-')
    await live.create(functionName, file, source)
    expect(await live.invoke(functionName)).toMatchObject({ error: undefined, payload: expected })
  })

  test('an object put to a bucket reaches the function', async () => {
    const s3 = new S3Client({ endpoint: live.emulator.endpoint, region, credentials, forcePathStyle: true })
    await s3.send(new CreateBucketCommand({ Bucket: 'logs' }))
    const LambdaFunctionArn = 'arn:aws:lambda:us-east-1:000000000000:function:node'
    const notification = {
      LambdaFunctionConfigurations: [{ LambdaFunctionArn, Events: ['s3:ObjectCreated:*' as const] }],
    }
    await s3.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket: 'logs',
        NotificationConfiguration: notification,
        SkipDestinationValidation: true,
      }),
    )
    await s3.send(new PutObjectCommand({ Bucket: 'logs', Key: 'a.log', Body: 'one line' }))
    await live.until('the function was invoked', () => live.asks.some(({ payload }) => payload.includes('"a.log"')))
    s3.destroy()
  })
})

describe('how it may end', () => {
  test.each([
    [{ fail: 'no' }, 'error', 'TypeError', 'no'],
    [{ reject: 'no' }, 'error', 'Runtime.UnhandledPromiseRejection', 'no'],
    [{ never: true }, 'error', 'Runtime.NodeJsExit', 'never settled'],
    [{ exit: 0 }, 'crash', 'Runtime.ExitError', 'Runtime exited without providing a reason'],
    [{ exit: 7 }, 'crash', 'Runtime.ExitError', 'Runtime exited with error: exit status 7'],
    [{ kill: 'SIGKILL' }, 'crash', 'Runtime.ExitError', 'Runtime exited with error: signal: killed'],
    [{ busy: true }, 'timeout', 'Sandbox.Timedout', 'Task timed out after 1.00 seconds'],
    [{ waitMs: 5000 }, 'timeout', 'Sandbox.Timedout', 'Task timed out after 1.00 seconds'],
  ] as const)('node %j: %s', async (event, kind, type, message) => {
    const outcome = await live.invoke('node', event)
    expect(outcome.error).toBe('Unhandled')
    expect(errorOf(outcome).errorType).toBe(type)
    expect(errorOf(outcome).errorMessage).toContain(message)
    expect(resultsOf(outcome.requestId)).toMatchObject([{ function: 'node', attempt: 1, error: { kind } }])
    expect(resultsOf(outcome.requestId)[0]?.fault).toBeUndefined()
    expect(outcome.tookMs).toBeLessThan(3000)
    // The next event finds a working process.
    expect((await live.invoke('node')).error).toBeUndefined()
  })

  test.each([{ fill: true }, { heap: true }])('node %j: memory', async (event) => {
    const outcome = await live.invoke('patient', event)
    expect(errorOf(outcome)).toMatchObject({ errorType: 'Runtime.OutOfMemory' })
    expect(kindOf(outcome.requestId)).toEqual(['memory'])
  })

  test.each([
    [{ fail: 'no' }, 'error', 'ValueError'],
    [{ exit: 3 }, 'crash', 'Runtime.ExitError'],
    [{ busy: true }, 'timeout', 'Sandbox.Timedout'],
  ] as const)('python %j: %s', async (event, kind, type) => {
    const outcome = await live.invoke('python', event)
    expect(errorOf(outcome).errorType).toBe(type)
    expect(kindOf(outcome.requestId)).toEqual([kind])
    expect((await live.invoke('python')).error).toBeUndefined()
  })

  test.each([
    ['throws', 'index.js', 'throw new Error("at once")', 'Error'],
    ['has-no-handler', 'index.js', 'exports.handlr = 1', 'Runtime.HandlerNotFound'],
    ['lacks-a-module', 'index.js', 'require("not-here")', 'Runtime.ImportModuleError'],
    ['is-no-code', 'index.js', 'exports.handler = (', 'Runtime.UserCodeSyntaxError'],
    ['python-import', 'main.py', 'import not_here', 'Runtime.ImportModuleError'],
    ['python-handler', 'main.py', 'handlr = 1', 'Runtime.HandlerNotFound'],
  ])('%s: not started', async (name, file, source, type) => {
    await live.create(name, file, source)
    const outcome = await live.invoke(name)
    expect(errorOf(outcome).errorType).toBe(type)
    expect(kindOf(outcome.requestId)).toEqual(['not-started'])
  })

  test('its output is told line by line, with levels', async () => {
    const { requestId } = await live.invoke('node', { print: 'trouble\nmore' })
    const lines = live.logs.filter((log) => log.requestId === requestId)
    expect(lines.map(({ level }) => level)).toEqual(['info', 'error', 'warning'])
    expect(lines[1]?.line).toContain('trouble')
  })
})

describe('whose call is it', () => {
  test('function and invocation stand in every AWS call of python', async () => {
    const seen: { readonly trace: string; readonly agent: string }[] = []
    const server = createServer((request, response) => {
      const { headers } = request
      seen.push({ trace: String(headers['x-amzn-trace-id']), agent: String(headers['user-agent']) })
      response.end('<ListAllMyBucketsResult/>')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    // A function's own endpoint is left to it.
    const Variables = { AWS_ENDPOINT_URL: `http://127.0.0.1:${port}` }
    await live.create('lister', 'main.py', pythonSource, { Timeout: 10, MemorySize: 256, Environment: { Variables } })
    const { requestId, error } = await live.invoke('lister', { list: 1 })
    expect(error).toBeUndefined()
    const ask = live.asks.find((asked) => asked.requestId === requestId)
    expect(seen).toHaveLength(1)
    expect(seen[0]?.trace).toContain(`Parent=${ask?.invocation16}`)
    expect(seen[0]?.agent).toContain('app/lister')
    await new Promise((resolve) => server.close(resolve))
  })

  test('the root is inherited along a chain of functions', async () => {
    await live.create('caller', 'main.py', pythonSource, { Timeout: 20, MemorySize: 256 })
    const headers = (await live.invoke('caller', { call: 'node' })).payload as [string, string]
    const [callers, called] = headers.map((header) => /^Root=(\S+);Parent=(\S+);Sampled=1$/.exec(header))
    expect(called?.[1]).toBe(callers?.[1])
    expect(live.asks.find(({ invocation16 }) => invocation16 === callers?.[2])?.function).toBe('caller')
    expect(live.asks.find(({ invocation16 }) => invocation16 === called?.[2])?.function).toBe('node')
  })
})

test('nothing was complained about, and no process of a deleted environment is left', () => {
  expect(live.complaints).toEqual([])
  for (const pid of live.pids('node')) expect(isRunning(pid)).toBe(true)
})
