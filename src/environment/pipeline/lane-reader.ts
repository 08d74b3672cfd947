// Reads both lanes by itself, beside the Dispatchers and past the fault hop, so that the history knows what stands in the
// streams whatever the functions say. It takes part in nothing: reading a Kinesis stream takes no record away.

import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  type _Record as KinesisRecord,
  ListShardsCommand,
} from '@aws-sdk/client-kinesis'
import type { LaneName, NewEvent } from '../../core/history.ts'
import { tasksNamed } from '../../pipeline/named-objects.ts'
import { emulatorTrouble, type RepeatedLook, repeatedLook } from './repeated-look.ts'

export interface LaneReaderOptions {
  /** Straight to the emulator. */
  readonly kinesis: KinesisClient
  readonly scenario: string
  readonly streams: Readonly<Record<LaneName, string>>
  readonly emit: (event: NewEvent) => void
  /** Milliseconds since the run's origin, which is `originMs` on the monotonic clock. */
  readonly now: () => number
  readonly originMs: number
  /** Wall clock minus monotonic clock. */
  readonly wallOffsetMs: number
  /** Pause between reads of all shards. Default 100. */
  readonly everyMs?: number
}

interface Shard {
  readonly lane: LaneName
  readonly stream: string
  readonly id: string
  /** Absent: to be asked for again. */
  iterator: string | undefined
  /** Of the record read last. */
  sequence: string | undefined
}

const everyMsDefault = 100
/** As many as AWS gives at once. */
const recordsMax = 10_000
/** Reads of one shard in one look: more than a stream of a day holds. */
const readsMax = 1_000

/**
 * Resolves when every shard is found. A look of its own reads all that stands in the lanes by then.
 * @throws EnvironmentError
 */
export async function startLaneReader(options: LaneReaderOptions): Promise<RepeatedLook> {
  const { kinesis } = options
  const shards = await shardsOf(kinesis, options.streams).catch((error: unknown) => {
    throw emulatorTrouble(`the shards of ${Object.values(options.streams).join(' and ')} could not be listed`, error)
  })
  return repeatedLook({
    failure: 'the lanes could not be read',
    everyMs: options.everyMs ?? everyMsDefault,
    look: async (signal) => {
      for (const shard of shards) await readShard(kinesis, shard, options, signal)
    },
  })
}

async function shardsOf(client: KinesisClient, streams: Readonly<Record<LaneName, string>>): Promise<Shard[]> {
  const shards: Shard[] = []
  for (const lane of ['fast', 'slow'] as const) {
    const stream = streams[lane]
    let token: string | undefined
    do {
      const answer = await client.send(
        new ListShardsCommand(token === undefined ? { StreamName: stream } : { NextToken: token }),
      )
      for (const { ShardId: id } of answer.Shards ?? []) {
        if (id !== undefined) shards.push({ lane, stream, id, iterator: undefined, sequence: undefined })
      }
      token = answer.NextToken
    } while (token !== undefined)
  }
  return shards
}

/** Reads on to the end that the shard has now. */
async function readShard(
  client: KinesisClient,
  shard: Shard,
  options: LaneReaderOptions,
  signal: AbortSignal,
): Promise<void> {
  for (let read = 0; read < readsMax; read++) {
    shard.iterator ??= await iteratorFor(client, shard, signal)
    // Iterators expire after 5 minutes, and one whose answer was lost is better not used twice.
    const iterator = shard.iterator
    shard.iterator = undefined
    const answer = await client.send(new GetRecordsCommand({ ShardIterator: iterator, Limit: recordsMax }), {
      abortSignal: signal,
    })
    shard.iterator = answer.NextShardIterator
    const records = answer.Records ?? []
    for (const record of records) {
      shard.sequence = record.SequenceNumber
      options.emit(laneEvent(shard, record, options))
    }
    if (records.length === 0 && (answer.MillisBehindLatest ?? 0) === 0) return
    if (answer.NextShardIterator === undefined) return
  }
}

async function iteratorFor(client: KinesisClient, shard: Shard, signal: AbortSignal): Promise<string | undefined> {
  const { stream, id, sequence } = shard
  const answer = await client.send(
    new GetShardIteratorCommand({
      StreamName: stream,
      ShardId: id,
      ...(sequence === undefined
        ? { ShardIteratorType: 'TRIM_HORIZON' }
        : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber: sequence }),
    }),
    { abortSignal: signal },
  )
  return answer.ShardIterator
}

function laneEvent(shard: Shard, record: KinesisRecord, options: LaneReaderOptions): NewEvent {
  const { scenario, now, originMs, wallOffsetMs } = options
  const [task] = tasksNamed(new TextDecoder().decode(record.Data))
  const arrivedMs = record.ApproximateArrivalTimestamp?.getTime()
  return {
    kind: 'record-in-lane',
    src: 'lanes',
    // When it arrived, by the stream's own word, and never later than it was read.
    atMs: arrivedMs === undefined ? now() : Math.min(now(), arrivedMs - wallOffsetMs - originMs),
    scenario,
    lane: shard.lane,
    shard: shard.id,
    sequence: record.SequenceNumber ?? '',
    partitionKey: record.PartitionKey ?? '',
    object: task?.object ?? '',
    ...(task?.lines === undefined ? {} : { lines: task.lines }),
  }
}
