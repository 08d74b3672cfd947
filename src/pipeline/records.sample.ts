// Event records, and what carries them through the pipeline, for tests.

import type { EventRecord } from './event-record.ts'

export function record(key: string, more: Partial<EventRecord> = {}): EventRecord {
  return {
    aws_region: 'us-east-1',
    event_time: '2026-01-02T03:04:05.678Z',
    event_name: 'ObjectCreated:Put',
    bucket_name: 'logs',
    bucket_arn: 'arn:aws:s3:::logs',
    object_key: key,
    object_size: 3,
    object_etag: '0123',
    dest_stream: 'fast',
    ...more,
  }
}

/** As S3 sends it: the key encoded, with `+` for a space. */
export function notification(bucket: string, ...keys: readonly string[]) {
  return {
    Records: keys.map((key) => ({
      eventVersion: '2.1',
      eventSource: 'aws:s3',
      awsRegion: 'us-east-1',
      eventTime: '2026-01-02T03:04:05.678Z',
      eventName: 'ObjectCreated:Put',
      s3: {
        bucket: { name: bucket, arn: `arn:aws:s3:::${bucket}` },
        object: { key: encodeURIComponent(key).replaceAll('%20', '+'), size: 3, eTag: '0123' },
      },
    })),
  }
}

/** The event of a function that is subscribed to a topic. */
export function snsEvent(message: string, attributes: Readonly<Record<string, string>> = {}) {
  return {
    Records: [
      {
        EventSource: 'aws:sns',
        EventVersion: '1.0',
        EventSubscriptionArn: 'arn:aws:sns:us-east-1:000000000000:topic:1',
        Sns: {
          Type: 'Notification',
          MessageId: 'message-1',
          Message: message,
          MessageAttributes: Object.fromEntries(
            Object.entries(attributes).map(([name, Value]) => [name, { Type: 'String', Value }]),
          ),
        },
      },
    ],
  }
}

/** The event of a function that is mapped to a stream. */
export function kinesisEvent(...texts: readonly string[]) {
  return {
    Records: texts.map((text, index) => ({
      eventID: `shardId-000000000000:${index + 1}`,
      eventSource: 'aws:kinesis',
      kinesis: {
        data: Buffer.from(text).toString('base64'),
        partitionKey: '0123',
        sequenceNumber: String(index + 1),
      },
    })),
  }
}
