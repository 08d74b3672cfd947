// Main: downloads an object, parses it by the config and hands every record to the user's handler. Lines that cannot be
// read do not hold up the others: the good ones are delivered, then the bad ones are parked by one message, and a drain
// brings back only them. An object that cannot be read at all throws; Lambda tries twice more and hands it to the DLQ.

import type { Context } from 'aws-lambda'
import { parserOfAll } from '../../src/parsers/index.ts'
import { type BadLines, badLineMessage, parcelsOf } from '../../src/pipeline/bad-lines.ts'
import { type EventRecord, encodeEventRecord, objectOf, toEventRecord } from '../../src/pipeline/event-record.ts'
import type { HandlerArgs, HandlerFactory } from '../../src/pipeline/handler.ts'
import { processObject } from '../../src/pipeline/process-object.ts'
import { formatsOf, type Routing } from '../../src/pipeline/routing.ts'
import { s3Client, snsClient } from './aws-clients.ts'
import { jsonSetting } from './environment.ts'
import { log } from './log.ts'
import { openObject } from './object-body.ts'
import { park } from './park.ts'
import { unpacked } from './unpack.ts'

export interface MainResult {
  readonly lines: number
  readonly records: number
  readonly bad: number
}

/** The entry that bundles Main calls this with the handler's default export. */
export function mainOf(createHandler: HandlerFactory): (event: unknown, context: Context) => Promise<MainResult> {
  const s3 = s3Client()
  const sns = snsClient()
  const bucketMapping = jsonSetting('bucketMapping') as Routing['bucketMapping']
  const args = jsonSetting('handlerArgs') as HandlerArgs

  return async (event, context) => {
    const record = toEventRecord(event)
    if (typeof record === 'string') throw new Error(`${record}, found ${JSON.stringify(event).slice(0, 200)}`)
    const { bucket_name: bucket, object_key: key } = record
    const formats = formatsOf({ bucketMapping }, bucket, key)
    const [source] = formats
    if (source === undefined)
      throw new Error(`expected a format for ${objectOf(record)}, found none; add its prefix to bucket_mapping`)
    if (source === 'ignore') return { lines: 0, records: 0, bad: 0 }
    const body = await unpacked(key, await openObject(s3, { bucket, key }))
    const done = await processObject({
      bucket,
      key,
      body,
      source,
      parse: parserOfAll(formats).parse,
      ...(record.lines === undefined ? {} : { only: record.lines }),
      timestampMs: Date.parse(record.event_time) || 0,
      handler: createHandler(),
      args,
    })
    if (done.bad.count > 0) await parkLines(record, done.bad, context)
    log('info', 'object done', {
      object: objectOf(record),
      lines: done.lines,
      records: done.records,
      bad: done.bad.count,
    })
    return { lines: done.lines, records: done.records, bad: done.bad.count }
  }

  async function parkLines(record: EventRecord, bad: BadLines, context: Context): Promise<void> {
    for (const [index, parcel] of parcelsOf(record, bad).entries())
      await park(sns, {
        requestId: `${context.awsRequestId}.lines${index === 0 ? '' : `-${index + 1}`}`,
        code: 'BadLines',
        message: badLineMessage(bad),
        body: encodeEventRecord(parcel),
      })
  }
}
