// Puts event records into the lane that each one bears, both lanes side by side, so that a throttled one does not hold up
// the other. What is left after all rounds comes back to the caller, who must not take it for done.

import { type KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis'
import type { Context } from 'aws-lambda'
import type { LaneName } from '../../src/core/history.ts'
import { decide } from '../../src/core/random.ts'
import { type EventRecord, encodeEventRecord, partitionKeyOf } from '../../src/pipeline/event-record.ts'
import { setting } from './environment.ts'
import { isHopeless } from './hopeless.ts'
import { log, messageOf } from './log.ts'
import { type EntryAnswer, putInRounds, type Refused, type StreamEntry, waitMs } from './put-plan.ts'

/** An event record on its way into a lane; `Extra` is what the caller wants to know it by. */
export interface LaneEntry<Extra = undefined> extends StreamEntry {
  readonly record: EventRecord
  readonly extra: Extra
}

const roundsMax = 10
/** Kept free at the end of an invocation. */
const reserveMs = 10_000

export function laneEntry<Extra>(record: EventRecord, extra: Extra): LaneEntry<Extra> {
  return { record, extra, data: encodeEventRecord(record), partitionKey: partitionKeyOf(record) }
}

export async function putIntoLanes<Extra>(
  client: KinesisClient,
  entries: readonly LaneEntry<Extra>[],
  context: Context,
): Promise<readonly Refused<LaneEntry<Extra>>[]> {
  const streams = { fast: setting('fastStream'), slow: setting('slowStream') }
  const put = (lane: LaneName) =>
    putInRounds(
      entries.filter(({ record }) => record.dest_stream === lane),
      {
        roundsMax,
        call: (chunk) => putOnce(client, streams[lane], chunk),
        pause: (round) => pause(context, lane, round),
      },
    )
  return (await Promise.all([put('fast'), put('slow')])).flat()
}

async function putOnce(
  client: KinesisClient,
  streamName: string,
  entries: readonly StreamEntry[],
): Promise<readonly EntryAnswer[]> {
  const encoder = new TextEncoder()
  const records = entries.map(({ data, partitionKey }) => ({ Data: encoder.encode(data), PartitionKey: partitionKey }))
  try {
    const answer = await client.send(new PutRecordsCommand({ StreamName: streamName, Records: records }))
    if (answer.FailedRecordCount !== undefined && answer.FailedRecordCount > 0)
      log('warn', 'records were refused', { stream: streamName, refused: answer.FailedRecordCount, of: entries.length })
    return entries.map((_entry, index) => {
      const result = answer.Records?.[index]
      if (result?.SequenceNumber !== undefined && result.ErrorCode === undefined) return {}
      return { error: `${result?.ErrorCode ?? 'no answer'}: ${result?.ErrorMessage ?? ''}` }
    })
  } catch (error) {
    log('warn', 'PutRecords failed', { stream: streamName, error: messageOf(error) })
    return entries.map(() => ({ error: messageOf(error), final: isHopeless(error) }))
  }
}

async function pause(context: Context, lane: LaneName, round: number): Promise<boolean> {
  const forMs = waitMs(round, decide(context.awsRequestId, lane, round))
  if (context.getRemainingTimeInMillis() < forMs + reserveMs) return false
  await new Promise((resolve) => setTimeout(resolve, forMs))
  return true
}
