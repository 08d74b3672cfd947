// Payloads of the pipeline's functions for one object, as AWS sends them, so that a developer can call a function by hand.
// They hold a fixed time, so that the same command gives the same bytes.

import { createHash } from 'node:crypto'
import type { LaneName } from '../../core/history.ts'
import { type EventRecord, encodeEventRecord, objectOf, partitionKeyOf } from '../../pipeline/event-record.ts'

export const payloadKinds = ['s3', 'event-pusher', 'dispatcher', 'main'] as const
export type PayloadKind = (typeof payloadKinds)[number]

export interface SampleObject {
  readonly bucket: string
  /** Decoded. */
  readonly key: string
  readonly size: number
  readonly lane: LaneName
}

const region = 'us-east-1'
const account = '000000000000'
const time = '2026-01-01T00:00:00.000Z'
const timeSeconds = Date.parse(time) / 1000

export function samplePayload(kind: PayloadKind, object: SampleObject): unknown {
  switch (kind) {
    case 's3':
      return notificationOf(object)
    case 'event-pusher':
      return snsEvent(JSON.stringify(notificationOf(object)))
    case 'dispatcher':
      return kinesisEvent(eventRecordOf(object))
    case 'main':
      return eventRecordOf(object)
  }
}

/** What S3 publishes. Its keys are URL-encoded, with `+` for a space. */
function notificationOf({ bucket, key, size }: SampleObject): unknown {
  return {
    Records: [
      {
        eventVersion: '2.1',
        eventSource: 'aws:s3',
        awsRegion: region,
        eventTime: time,
        eventName: 'ObjectCreated:Put',
        s3: {
          s3SchemaVersion: '1.0',
          bucket: { name: bucket, arn: `arn:aws:s3:::${bucket}` },
          object: { key: encodeKey(key), size, eTag: etagOf(bucket, key), sequencer: '0055AED6DCD90281E5' },
        },
      },
    ],
  }
}

function eventRecordOf({ bucket, key, size, lane }: SampleObject): EventRecord {
  return {
    aws_region: region,
    event_time: time,
    event_name: 'ObjectCreated:Put',
    bucket_name: bucket,
    bucket_arn: `arn:aws:s3:::${bucket}`,
    object_key: key,
    object_size: size,
    object_etag: etagOf(bucket, key),
    dest_stream: lane,
  }
}

function snsEvent(message: string): unknown {
  const topicArn = `arn:aws:sns:${region}:${account}:sample`
  return {
    Records: [
      {
        EventSource: 'aws:sns',
        EventVersion: '1.0',
        EventSubscriptionArn: `${topicArn}:00000000-0000-0000-0000-000000000000`,
        Sns: {
          Type: 'Notification',
          MessageId: '00000000-0000-0000-0000-000000000001',
          TopicArn: topicArn,
          Subject: 'Amazon S3 Notification',
          Message: message,
          Timestamp: time,
          MessageAttributes: {},
        },
      },
    ],
  }
}

function kinesisEvent(record: EventRecord): unknown {
  const sequenceNumber = '49590338271490256608559692538361571095921575989136588898'
  const streamArn = `arn:aws:kinesis:${region}:${account}:stream/sample-${record.dest_stream}`
  return {
    Records: [
      {
        eventSource: 'aws:kinesis',
        eventVersion: '1.0',
        eventID: `shardId-000000000000:${sequenceNumber}`,
        eventName: 'aws:kinesis:record',
        awsRegion: region,
        eventSourceARN: streamArn,
        kinesis: {
          kinesisSchemaVersion: '1.0',
          partitionKey: partitionKeyOf(record),
          sequenceNumber,
          data: Buffer.from(encodeEventRecord(record)).toString('base64'),
          approximateArrivalTimestamp: timeSeconds,
        },
      },
    ],
  }
}

/** As S3 does it: slashes stay, a space becomes `+`. @throws URIError for half of a surrogate pair */
function encodeKey(key: string): string {
  return encodeURIComponent(key).replaceAll('%2F', '/').replaceAll('%20', '+')
}

/** Of nothing that exists, but always the same for an object. */
function etagOf(bucket: string, key: string): string {
  return createHash('md5')
    .update(objectOf({ bucket_name: bucket, object_key: key }))
    .digest('hex')
}
