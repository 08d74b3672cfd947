// Asynchronous invocation: attempts, delays, throttling, limits, dead letters. Times are those of the compressed clock.

import {
  InvokeCommand,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
} from '@aws-sdk/client-lambda'
import { CreateTopicCommand, SubscribeCommand } from '@aws-sdk/client-sns'
import { type CreatedFunction, Differs, eventually, holds, never, nextMessage, type World } from './world.ts'

export type Probe = (world: World) => Promise<void>

/** A retry may be this much late on a busy machine. */
const LATE_MS = 600
const LARGE_BYTES = 1_100_000

export const asyncProbes: Readonly<Record<string, Probe>> = {
  'async-three-attempts': async (world) => {
    const failing = await world.createFunction(() => ({ error: 'no' }))
    await invokeAsync(world, failing, { n: 1 })
    await eventually('3 attempts', () => failing.calls.length === 3, 10_000)
    await never('a fourth attempt', () => failing.calls.length > 3, 1500)
    holds(
      new Set(failing.calls.map(({ requestId }) => requestId)).size === 1,
      'the attempts have different request ids',
    )
  },

  'async-retry-delays': async (world) => {
    const failing = await world.createFunction(() => ({ error: 'no' }))
    await invokeAsync(world, failing, {})
    await eventually('3 attempts', () => failing.calls.length === 3, 10_000)
    const [first = 0, second = 0, third = 0] = failing.calls.map(({ atMs }) => atMs)
    for (const [gapMs, wantedMs] of [
      [second - first, world.asyncRetryMs[0]],
      [third - second, world.asyncRetryMs[1]],
    ] as const)
      holds(gapMs >= wantedMs && gapMs < wantedMs + LATE_MS, `${Math.round(gapMs)} ms instead of ${wantedMs} ms`)
  },

  'async-event-age': async (world) => {
    const queue = await world.createQueue()
    const busy = await world.createFunction(occupied(), { deadLetterArn: queue.arn })
    await reserve(world, busy, 1)
    await world.lambda.send(
      new PutFunctionEventInvokeConfigCommand({ FunctionName: busy.name, MaximumEventAgeInSeconds: 60 }),
    )
    await occupy(world, busy, 4000, async () => {
      await invokeAsync(world, busy, { late: true })
      const message = await nextMessage(world, queue.url, 3000)
      holds(message.Body === '{"late":true}', `the dead letter's body is ${message.Body}`)
    })
  },

  'async-parallelism': async (world) => {
    let now = 0
    let most = 0
    const slow = await world.createFunction(async () => {
      now += 1
      most = Math.max(most, now)
      await eventually('all at once', () => most >= world.asyncParallelism, 3000).catch(() => undefined)
      now -= 1
      return undefined
    })
    for (let n = 0; n < world.asyncParallelism; n++) await invokeAsync(world, slow, { n })
    await eventually(`${world.asyncParallelism} at once, ${most} seen`, () => most >= world.asyncParallelism, 4000)
  },

  'async-throttled-not-lost': async (world) => {
    const busy = await world.createFunction(occupied())
    await reserve(world, busy, 1)
    await occupy(world, busy, 800, () => invokeAsync(world, busy, { waits: true }))
    const call = await eventually(
      'the throttled one',
      () => busy.calls.find(({ event }) => isRecord(event) && event.waits === true),
      8000,
    )
    holds(busy.calls.filter(({ requestId }) => requestId === call.requestId).length === 1, 'it ran more than once')
  },

  'async-throttle-doubles': async (world) => {
    const refused = await world.createFunction(() => undefined)
    world.plan(
      refused.name,
      Array.from({ length: 5 }, () => ({ throttle: true })),
    )
    await invokeAsync(world, refused, {})
    await eventually('6 attempts to invoke', () => world.askedAtMs(refused.name).length >= 6, 14_000)
    const asked = world.askedAtMs(refused.name)
    const gapsMs = asked.slice(1).map((atMs, index) => atMs - (asked[index] ?? 0))
    const [first = 0, second = 0, , , fifth = 0] = gapsMs
    holds(fifth > 3 * Math.min(first, second), `waits of ${gapsMs.map(Math.round).join(', ')} ms do not double`)
  },

  'planned-throttle-keeps-process': async (world) => {
    const refused = await world.createFunction(() => undefined)
    await invokeSync(world, refused, {})
    world.plan(refused.name, [{ throttle: true }])
    const status = await invokeSync(world, refused, {}).then(
      () => 200,
      (error: unknown) => (isRecord(error) && isRecord(error.$metadata) ? error.$metadata.httpStatusCode : 0),
    )
    holds(status === 429, `status ${status} for a refused invocation, 429 expected`)
    await invokeSync(world, refused, {})
    holds(refused.calls[0]?.pid === refused.calls[1]?.pid, 'the process was replaced')
  },

  'async-payload-limit': (world) => refusesTooLarge(world, 'Event', LARGE_BYTES),
  'sync-payload-limit': (world) => refusesTooLarge(world, 'RequestResponse', 6 * LARGE_BYTES),

  'dlq-message': async (world) => {
    const { attributes, body } = await deadLetter(world, 'broken')
    holds(attributes.ErrorCode === '200', `ErrorCode ${attributes.ErrorCode}`)
    holds(attributes.ErrorMessage === 'broken', `ErrorMessage ${attributes.ErrorMessage}`)
    holds(JSON.stringify(JSON.parse(body)) === '{"key":"ü +"}', `the body is ${body}`)
  },

  'dlq-request-id': async (world) => {
    const { attributes, failing } = await deadLetter(world, 'broken')
    const { requestId } = failing.calls[0] ?? {}
    holds(attributes.RequestID === requestId, `RequestID ${attributes.RequestID} instead of ${requestId}`)
  },

  'dlq-empty-message': async (world) => {
    const { body } = await deadLetter(world, '', 6000)
    holds(body.includes('key'), `the body is ${body}`)
  },

  'dlq-concurrency-zero': async (world) => {
    const queue = await world.createQueue()
    const never = await world.createFunction(() => undefined, { deadLetterArn: queue.arn })
    await reserve(world, never, 0)
    await invokeAsync(world, never, { n: 7 })
    const message = await nextMessage(world, queue.url, 3000)
    holds(message.Body === '{"n":7}', `the body is ${message.Body}`)
  },

  'failure-destination': async (world) => {
    const queue = await world.createQueue()
    const failing = await world.createFunction(() => ({ error: 'no' }))
    const DestinationConfig = { OnFailure: { Destination: queue.arn } }
    await world.lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName: failing.name, DestinationConfig }))
    await invokeAsync(world, failing, { n: 7 })
    const told = JSON.parse((await nextMessage(world, queue.url, 12_000)).Body ?? '') as Record<string, unknown>
    const context = told.requestContext as Record<string, unknown>
    holds(context.condition === 'RetriesExhausted', `condition ${String(context.condition)}`)
    holds(context.approximateInvokeCount === 3, `count ${String(context.approximateInvokeCount)}`)
    holds(JSON.stringify(told.requestPayload) === '{"n":7}', 'the payload is another one')
  },

  duplicates: async (world) => {
    const doubled = await world.createFunction(() => undefined)
    world.plan(doubled.name, [{ duplicates: 1 }])
    await invokeAsync(world, doubled, {})
    await eventually('2 deliveries', () => doubled.calls.length === 2)
    holds(doubled.calls[0]?.requestId === doubled.calls[1]?.requestId, 'the request ids differ')
  },
}

async function invokeAsync(world: World, { name }: CreatedFunction, event: unknown): Promise<void> {
  await world.lambda.send(
    new InvokeCommand({ FunctionName: name, InvocationType: 'Event', Payload: JSON.stringify(event) }),
  )
}

export async function invokeSync(world: World, { name }: Pick<CreatedFunction, 'name'>, event: unknown) {
  const answer = await world.lambda.send(new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(event) }))
  return { functionError: answer.FunctionError, text: new TextDecoder().decode(answer.Payload) }
}

export async function reserve(world: World, { name }: Pick<CreatedFunction, 'name'>, count: number): Promise<void> {
  await world.lambda.send(
    new PutFunctionConcurrencyCommand({ FunctionName: name, ReservedConcurrentExecutions: count }),
  )
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

/** The script of a function that stays busy with an event `{holdMs}`. */
function occupied() {
  return async ({ event }: { readonly event: unknown }) => {
    const holdMs = isRecord(event) ? event.holdMs : undefined
    if (typeof holdMs === 'number') await new Promise((resolve) => setTimeout(resolve, holdMs))
    return undefined
  }
}

async function occupy(
  world: World,
  busy: CreatedFunction,
  holdMs: number,
  meanwhile: () => Promise<void>,
): Promise<void> {
  const occupation = invokeSync(world, busy, { holdMs })
  try {
    await eventually('the function to be busy', () => busy.calls.length === 1)
    await meanwhile()
  } finally {
    await occupation
  }
}

async function deadLetter(world: World, error: string, timeoutMs = 12_000) {
  const queue = await world.createQueue()
  const TopicArn = (await world.sns.send(new CreateTopicCommand({ Name: world.unique('dlq') }))).TopicArn ?? ''
  const Attributes = { RawMessageDelivery: 'true' }
  await world.sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: queue.arn, Attributes }))
  const failing = await world.createFunction(() => ({ error }), { deadLetterArn: TopicArn })
  await invokeAsync(world, failing, { key: 'ü +' })
  const message = await nextMessage(world, queue.url, timeoutMs)
  const attributes = Object.fromEntries(
    Object.entries(message.MessageAttributes ?? {}).map(([name, { StringValue }]) => [name, StringValue]),
  )
  return { attributes, body: message.Body ?? '', failing }
}

async function refusesTooLarge(
  world: World,
  InvocationType: 'Event' | 'RequestResponse',
  bytes: number,
): Promise<void> {
  const any = await world.createFunction(() => undefined)
  const Payload = JSON.stringify('x'.repeat(bytes))
  await world.lambda.send(new InvokeCommand({ FunctionName: any.name, InvocationType, Payload })).then(
    () => {
      throw new Differs(`${bytes} bytes were taken`)
    },
    (error: unknown) => {
      const status = isRecord(error) && isRecord(error.$metadata) ? error.$metadata.httpStatusCode : undefined
      holds(status === 413, `status ${String(status)}, 413 expected`)
    },
  )
}
