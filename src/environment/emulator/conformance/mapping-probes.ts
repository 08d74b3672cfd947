// Event source mappings of Kinesis streams: order, blocking, retries, expiry, changes of a mapping under way. Shards are told
// apart by explicit hash keys.

import { setTimeout as pause } from 'node:timers/promises'
import {
  AddTagsToStreamCommand,
  CreateStreamCommand,
  PutRecordsCommand,
  type PutRecordsRequestEntry,
} from '@aws-sdk/client-kinesis'
import {
  CreateEventSourceMappingCommand,
  type CreateEventSourceMappingRequest,
  GetEventSourceMappingCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda'
import { type Probe, reserve } from './async-probes.ts'
import type { Script, ScriptedCall } from './scripted-function.ts'
import { type CreatedFunction, eventually, holds, never, nextMessage, type World } from './world.ts'

const SHARD_B = (2n ** 127n).toString()

export const mappingProbes: Readonly<Record<string, Probe>> = {
  'mapping-defaults': async (world) => {
    const { mapping } = await createLane(world, () => undefined)
    const found = await world.lambda.send(new GetEventSourceMappingCommand({ UUID: mapping }))
    holds(found.MaximumRetryAttempts === -1, `retries ${found.MaximumRetryAttempts}`)
    holds(found.MaximumRecordAgeInSeconds === -1, `age ${found.MaximumRecordAgeInSeconds}`)
    holds(found.BisectBatchOnFunctionError === false, `bisect ${found.BisectBatchOnFunctionError}`)
    holds(found.ParallelizationFactor === 1, `parallelization ${found.ParallelizationFactor}`)
  },

  'mapping-order': async (world) => {
    const { stream, reader } = await createLane(world, () => undefined, { BatchSize: 7 })
    await put(world, stream, numbered(50))
    await eventually('50 records', () => reader.calls.flatMap(recordsOf).length >= 50, 12_000)
    holds(reader.calls.flatMap(recordsOf).join() === numbered(50).join(), 'they are out of order')
    const largest = Math.max(...reader.calls.map((call) => recordsOf(call).length))
    holds(largest <= 7, `a batch of ${largest}`)
  },

  'mapping-poison-blocks': async (world) => {
    const { stream, reader } = await createLane(world, failsOn('poison'))
    await put(world, stream, ['poison', 'after'])
    await eventually('the poison twice', () => count(reader, 'poison') >= 2, 8000)
    await never('the record behind it', () => count(reader, 'after') > 0, 500)
  },

  'mapping-retries': async (world) => {
    const queue = await world.createQueue()
    const { stream, reader } = await createLane(world, failsOn('poison'), {
      MaximumRetryAttempts: 1,
      DestinationConfig: { OnFailure: { Destination: queue.arn } },
    })
    await put(world, stream, ['poison', 'after'])
    await eventually('the record behind it', () => count(reader, 'after') > 0, 8000)
    holds(count(reader, 'poison') === 2, `${count(reader, 'poison')} attempts`)
    const told = JSON.parse((await nextMessage(world, queue.url)).Body ?? '') as {
      requestContext: { condition: string }
    }
    holds(told.requestContext.condition === 'RetryAttemptsExhausted', told.requestContext.condition)
  },

  'mapping-record-age': async (world) => {
    const { stream, reader } = await createLane(world, failsOn('poison'), { MaximumRecordAgeInSeconds: 2 })
    await put(world, stream, ['poison'])
    await eventually('an attempt', () => count(reader, 'poison') > 0, 8000)
    await eventually(
      'a record behind it',
      () =>
        put(world, stream, ['after'])
          .then(() => pause(400))
          .then(() => count(reader, 'after') > 0),
      10_000,
    )
  },

  'lanes-isolated': async (world) => {
    const [bad, good] = await Promise.all([createLane(world, failsOn('poison')), createLane(world, () => undefined)])
    await put(world, bad.stream, ['poison'])
    await eventually('the poison', () => count(bad.reader, 'poison') >= 1, 8000)
    await put(world, good.stream, ['fine'])
    await eventually('the other lane', () => count(good.reader, 'fine') === 1, 3000)
  },

  'shards-in-parallel': async (world) => {
    const { stream, reader } = await createLane(world, failsOn('poison'), {}, 2)
    await put(world, stream, ['poison'])
    await eventually('the poison', () => count(reader, 'poison') >= 2, 8000)
    await put(world, stream, ['other shard'], SHARD_B)
    await eventually('the other shard', () => count(reader, 'other shard') === 1, 3000)
  },

  'disable-while-failing': async (world) => {
    const { stream, reader, mapping } = await createLane(world, failsOn('poison'))
    await put(world, stream, ['poison'])
    await eventually('the poison', () => count(reader, 'poison') >= 1, 8000)
    await setEnabled(world, mapping, false)
    await pause(300)
    const before = count(reader, 'poison')
    await never('an attempt after it was disabled', () => count(reader, 'poison') > before, 3000)
  },

  'mapping-read': async (world) => {
    const { stream, reader } = await createLane(world, () => undefined)
    await put(world, stream, ['warm'])
    await eventually('the first record', () => count(reader, 'warm') === 1, 8000)
    await put(world, stream, numbered(40))
    // Forty polls alone would take longer, at the interval that the emulator is started with.
    const limitMs = 40 * world.pollIntervalMs - 2000
    await eventually('40 records', () => reader.calls.length >= 41, limitMs)
  },

  bisect: async (world) => {
    const { stream, reader } = await createLane(world, failsOn('poison'), {
      BatchSize: 8,
      MaximumRetryAttempts: 0,
      MaximumBatchingWindowInSeconds: 1,
      BisectBatchOnFunctionError: true,
    })
    const texts = ['a', 'b', 'c', 'd', 'e', 'poison', 'g', 'h']
    await put(world, stream, texts)
    await eventually(
      'the last record',
      () => reader.calls.some((call) => succeeded(call) && recordsOf(call).includes('h')),
      6000,
    )
    const done = reader.calls.filter(succeeded).flatMap(recordsOf)
    holds(done.join('') === 'abcdegh', `${done.join('')} instead of abcdegh`)
  },

  'mapping-update': async (world) => {
    const { stream, reader, mapping } = await createLane(world, () => undefined)
    await put(world, stream, numbered(5))
    await eventually('5 records', () => reader.calls.length === 5, 8000)
    await world.lambda.send(new UpdateEventSourceMappingCommand({ UUID: mapping, BatchSize: 10 }))
    await put(world, stream, ['after'])
    await eventually('the next record', () => count(reader, 'after') === 1, 5000)
    holds(count(reader, 'n0') === 1, 'the first record was delivered again')
  },

  'mapping-enable': async (world) => {
    const { stream, reader, mapping } = await createLane(world, () => undefined)
    await put(world, stream, ['before'])
    await eventually('a record', () => count(reader, 'before') === 1, 8000)
    await setEnabled(world, mapping, false)
    await put(world, stream, ['meanwhile'])
    await setEnabled(world, mapping, true)
    await eventually('what came meanwhile', () => count(reader, 'meanwhile') === 1, 5000)
    holds(count(reader, 'before') === 1, 'the first record was delivered again')
  },

  'mapping-throttles': async (world) => {
    const { stream, reader } = await createLane(
      world,
      () => undefined,
      { MaximumRetryAttempts: 1 },
      1,
      async (created) => reserve(world, created, 0),
    )
    await put(world, stream, ['patient'])
    await pause(3000)
    await reserve(world, reader, 1)
    await eventually('the throttled record', () => count(reader, 'patient') === 1, 5000)
  },

  'retention-ends-retries': async (world) => {
    const { stream, reader } = await createLane(world, failsOn('poison'))
    const tag = new AddTagsToStreamCommand({ StreamName: stream, Tags: { 'shaketable:retention-seconds': '2' } })
    await world.kinesis.send(tag)
    await put(world, stream, ['poison'])
    await eventually('an attempt', () => count(reader, 'poison') > 0, 8000)
    await pause(2000)
    // The wait that is under way may outlast the retention of one record behind it, so one comes every quarter of a second.
    const behind = async () => {
      await put(world, stream, ['after'])
      await pause(250)
      return count(reader, 'after') > 0
    }
    await eventually('a record behind it', behind, 6000)
  },

  'parallelization-factor': async (world) => {
    let most = 0
    let now = 0
    const slow: Script = async () => {
      now += 1
      most = Math.max(most, now)
      await pause(300)
      now -= 1
      return undefined
    }
    const { stream } = await createLane(world, slow, { ParallelizationFactor: 4 })
    await put(world, stream, numbered(8))
    await eventually('two batches of the shard at once', () => most > 1, 4000)
  },
}

async function createLane(
  world: World,
  script: Script,
  settings: Partial<CreateEventSourceMappingRequest> = {},
  shards = 1,
  beforeMapping: (reader: CreatedFunction) => Promise<void> = async () => {},
) {
  const stream = world.unique('stream')
  await world.kinesis.send(new CreateStreamCommand({ StreamName: stream, ShardCount: shards }))
  const reader = await world.createFunction(script)
  await beforeMapping(reader)
  const created = await world.lambda.send(
    new CreateEventSourceMappingCommand({
      FunctionName: reader.name,
      EventSourceArn: `arn:aws:kinesis:us-east-1:000000000000:stream/${stream}`,
      StartingPosition: 'TRIM_HORIZON',
      BatchSize: 1,
      ...settings,
    }),
  )
  return { stream, reader, mapping: created.UUID ?? '' }
}

async function setEnabled(world: World, mapping: string, Enabled: boolean): Promise<void> {
  await world.lambda.send(new UpdateEventSourceMappingCommand({ UUID: mapping, Enabled }))
  await eventually(
    `the mapping to be ${Enabled ? 'enabled' : 'disabled'}`,
    async () => {
      const { State } = await world.lambda.send(new GetEventSourceMappingCommand({ UUID: mapping }))
      return State === (Enabled ? 'Enabled' : 'Disabled')
    },
    5000,
  )
}

/** All in the first shard unless told otherwise. */
async function put(world: World, stream: string, texts: readonly string[], hashKey = '0'): Promise<void> {
  const Records: PutRecordsRequestEntry[] = texts.map((text) => ({
    Data: new TextEncoder().encode(text),
    PartitionKey: text,
    ExplicitHashKey: hashKey,
  }))
  await world.kinesis.send(new PutRecordsCommand({ StreamName: stream, Records }))
}

const numbered = (count: number) => Array.from({ length: count }, (_, index) => `n${index}`)

function recordsOf({ event }: ScriptedCall): string[] {
  const { Records } = event as { readonly Records: readonly { readonly kinesis: { readonly data: string } }[] }
  return Records.map(({ kinesis }) => Buffer.from(kinesis.data, 'base64').toString())
}

const failsOn =
  (text: string): Script =>
  (call) =>
    recordsOf(call).includes(text) ? { error: `${text} among them` } : undefined
const succeeded = (call: ScriptedCall) => !recordsOf(call).includes('poison')
const count = (reader: CreatedFunction, text: string) =>
  reader.calls.flatMap(recordsOf).filter((each) => each === text).length
