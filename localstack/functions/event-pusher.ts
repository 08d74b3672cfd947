// EventPusher: S3 notifications from the fan-out topic become event records in the fast or the slow lane. A record that
// cannot be understood is parked and does not hold up the others; what a lane refuses is put again, and what is left at the
// end makes the invocation fail, so that Lambda tries again and then hands it to the DLQ.

import type { Context, SNSEvent } from 'aws-lambda'
import type { EventRecord } from '../../src/pipeline/event-record.ts'
import type { Route } from '../../src/pipeline/routing.ts'
import { kinesisClient, snsClient } from './aws-clients.ts'
import { jsonSetting } from './environment.ts'
import { log } from './log.ts'
import { park } from './park.ts'
import { laneEntry, putIntoLanes } from './put-records.ts'
import { routeAnnounced } from './route-announced.ts'

const kinesis = kinesisClient()
const sns = snsClient()
const routing = jsonSetting('routing') as readonly Route[]

export async function handler(event: SNSEvent, context: Context): Promise<{ readonly put: number }> {
  const routed = routeAnnounced(
    event.Records.map(({ Sns }) => Sns.Message),
    routing,
  )
  for (const name of routed.skipped) log('info', 'announces no object', { event: name })
  // Before the lanes: were it behind them and failed, the retry would put everything twice.
  if (routed.refused.length > 0) await parkRefused(routed.refused, context)
  const left = await putIntoLanes(
    kinesis,
    routed.records.map((record: EventRecord) => laneEntry(record, undefined)),
    context,
  )
  log('info', 'put', { records: routed.records.length - left.length, dropped: routed.dropped, left: left.length })
  if (left.length > 0)
    throw new Error(
      `${left.length} of ${routed.records.length} event records were not taken by their lanes; the last error: ${left.at(-1)?.error}`,
    )
  return { put: routed.records.length }
}

async function parkRefused(
  refused: readonly { readonly reason: string; readonly record: unknown }[],
  context: Context,
): Promise<void> {
  log('warn', 'cannot be routed', { refused: refused.map(({ reason }) => reason) })
  await park(sns, {
    requestId: `${context.awsRequestId}.unroutable`,
    code: 'Unroutable',
    message: `${refused.length} records cannot be routed: ${refused[0]?.reason}`,
    body: JSON.stringify({ unroutable: refused }),
  })
}
