// The event record: what travels through the lanes, one for each object that S3 announced. It is made from S3's
// notification (whose keys are URL-encoded, with `+` for a space) and keeps the key decoded from there on. Field names are
// those of the format, as every part of the pipeline and the ErrorTaskTable writes them.

import type { LaneName, LineRange } from '../core/history.ts'

export interface EventRecord {
  readonly aws_region: string
  /** ISO 8601, UTC. */
  readonly event_time: string
  readonly event_name: string
  readonly bucket_name: string
  readonly bucket_arn: string
  /** Decoded. */
  readonly object_key: string
  readonly object_size: number
  readonly object_etag: string
  readonly dest_stream: LaneName
  /** Only these lines of the object are to be processed; absent: all. */
  readonly lines?: readonly LineRange[]
}

/** What an S3 notification holds: objects that exist now, and what is none, with the reason. */
export interface Announced {
  readonly objects: readonly Omit<EventRecord, 'dest_stream'>[]
  readonly refused: readonly { readonly reason: string; readonly record: unknown }[]
  /** Notifications that announce no object: `s3:TestEvent`, `ObjectRemoved:*`. */
  readonly skipped: readonly string[]
}

/** `bucket/key`, the object's name everywhere. */
export function objectOf(record: { readonly bucket_name: string; readonly object_key: string }): string {
  return `${record.bucket_name}/${record.object_key}`
}

/** Same etag, same shard: versions of one content stay in order. */
export function partitionKeyOf(record: EventRecord): string {
  return record.object_etag || objectOf(record).slice(0, 200)
}

/** @throws URIError where the key is not URL-encoded */
export function decodeKey(key: string): string {
  return decodeURIComponent(key.replaceAll('+', ' '))
}

/** Reads an S3 notification. One bad record never hides the others. */
export function readNotification(notification: unknown): Announced {
  const objects: Omit<EventRecord, 'dest_stream'>[] = []
  const refused: { reason: string; record: unknown }[] = []
  const skipped: string[] = []
  if (isMapping(notification) && notification.Event === 's3:TestEvent')
    return { objects, refused, skipped: ['s3:TestEvent'] }
  const records = isMapping(notification) ? notification.Records : undefined
  if (!Array.isArray(records))
    return { objects, refused: [{ reason: 'expected Records of S3, found none', record: notification }], skipped }
  for (const record of records) {
    const name = isMapping(record) && typeof record.eventName === 'string' ? record.eventName : ''
    if (name !== '' && !/^(s3:)?ObjectCreated:/.test(name)) {
      skipped.push(name)
      continue
    }
    const read = readRecord(record, name)
    if (typeof read === 'string') refused.push({ reason: read, record })
    else objects.push(read)
  }
  return { objects, refused, skipped }
}

function readRecord(record: unknown, eventName: string): Omit<EventRecord, 'dest_stream'> | string {
  const s3 = isMapping(record) ? record.s3 : undefined
  const bucket = isMapping(s3) ? s3.bucket : undefined
  const object = isMapping(s3) ? s3.object : undefined
  if (!isMapping(record) || !isMapping(bucket) || !isMapping(object)) return 'expected s3.bucket and s3.object'
  if (typeof bucket.name !== 'string' || bucket.name === '') return 'expected s3.bucket.name'
  if (typeof object.key !== 'string' || object.key === '') return 'expected s3.object.key'
  let key: string
  try {
    key = decodeKey(object.key)
  } catch {
    return `expected a URL-encoded key, found ${JSON.stringify(object.key.slice(0, 200))}`
  }
  return {
    aws_region: textOr(record.awsRegion, ''),
    event_time: textOr(record.eventTime, ''),
    event_name: eventName,
    bucket_name: bucket.name,
    bucket_arn: textOr(bucket.arn, `arn:aws:s3:::${bucket.name}`),
    object_key: key,
    object_size: typeof object.size === 'number' ? object.size : 0,
    object_etag: textOr(object.eTag, ''),
  }
}

/** An event record from JSON that was parsed, or why it is none. */
export function toEventRecord(value: unknown): EventRecord | string {
  if (!isMapping(value)) return 'expected an event record, found something else'
  const { bucket_name, object_key, dest_stream } = value
  if (typeof bucket_name !== 'string' || bucket_name === '') return 'expected bucket_name'
  if (typeof object_key !== 'string' || object_key === '') return 'expected object_key'
  if (dest_stream !== 'fast' && dest_stream !== 'slow') return 'expected dest_stream "fast" or "slow"'
  const lines = value.lines === undefined ? undefined : toRanges(value.lines)
  if (lines === null) return 'expected lines as a list of {first, last}'
  return {
    aws_region: textOr(value.aws_region, ''),
    event_time: textOr(value.event_time, ''),
    event_name: textOr(value.event_name, ''),
    bucket_name,
    bucket_arn: textOr(value.bucket_arn, ''),
    object_key,
    object_size: typeof value.object_size === 'number' ? value.object_size : 0,
    object_etag: textOr(value.object_etag, ''),
    dest_stream,
    ...(lines === undefined ? {} : { lines }),
  }
}

/** An event record from its JSON text, or why it is none. */
export function decodeEventRecord(text: string): EventRecord | string {
  try {
    return toEventRecord(JSON.parse(text))
  } catch {
    return `expected an event record in JSON, found ${JSON.stringify(text.slice(0, 80))}`
  }
}

export function encodeEventRecord(record: EventRecord): string {
  return JSON.stringify(record)
}

/** `null`: no list of ranges. */
export function toRanges(value: unknown): readonly LineRange[] | null {
  if (!Array.isArray(value)) return null
  const ranges: LineRange[] = []
  for (const range of value) {
    if (!isMapping(range)) return null
    const { first, last } = range
    if (typeof first !== 'number' || typeof last !== 'number' || !(first >= 1) || !(last >= first)) return null
    ranges.push({ first, last })
  }
  return ranges
}

function textOr(value: unknown, other: string): string {
  return typeof value === 'string' ? value : other
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
