// Dispatcher of a lane: hands each event record of its batch to Main, asynchronously, one call a record and in their order,
// and then sleeps DELAY seconds. It is called serially per shard, so that sleep is the flow control of the lane. A record
// that nobody can decode is parked instead of blocking the shard. When a later record of a batch fails, only it and those
// behind it are asked for again.

import { InvokeCommand } from '@aws-sdk/client-lambda'
import type { Context, KinesisStreamBatchResponse, KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda'
import { decodeEventRecord, encodeEventRecord } from '../../src/pipeline/event-record.ts'
import { lambdaClient, snsClient } from './aws-clients.ts'
import { secondsSetting, setting } from './environment.ts'
import { log, messageOf } from './log.ts'
import { park } from './park.ts'

const lambda = lambdaClient()
const sns = snsClient()
const delayMs = secondsSetting('delay')
/** A Dispatcher that times out has its batch retried until it expires, so the sleep ends before. */
const reserveMs = 10_000

export async function handler(event: KinesisStreamEvent, context: Context): Promise<KinesisStreamBatchResponse> {
  let failedAt: string | undefined
  let done = 0
  for (const record of event.Records) {
    try {
      await dispatch(record)
      done++
    } catch (error) {
      if (done === 0) throw error
      failedAt = record.kinesis.sequenceNumber
      log('error', 'batch stopped', { done, of: event.Records.length, error: messageOf(error) })
      break
    }
  }
  const sleepMs = Math.min(delayMs, context.getRemainingTimeInMillis() - reserveMs)
  if (sleepMs > 0) await new Promise((resolve) => setTimeout(resolve, sleepMs))
  return { batchItemFailures: failedAt === undefined ? [] : [{ itemIdentifier: failedAt }] }
}

async function dispatch(record: KinesisStreamRecord): Promise<void> {
  const text = Buffer.from(record.kinesis.data, 'base64').toString()
  const decoded = decodeEventRecord(text)
  if (typeof decoded === 'string') {
    log('warn', 'undecodable record', { eventId: record.eventID, reason: decoded })
    // The event's own id, because a retry of the batch comes with another request id.
    await park(sns, { requestId: `${record.eventID}.undecodable`, code: 'Undecodable', message: decoded, body: text })
    return
  }
  const answer = await lambda.send(
    new InvokeCommand({
      FunctionName: setting('mainFunction'),
      InvocationType: 'Event',
      Payload: new TextEncoder().encode(encodeEventRecord(decoded)),
    }),
  )
  if (answer.StatusCode !== 202) throw new Error(`expected 202 from the invocation of Main, found ${answer.StatusCode}`)
}
