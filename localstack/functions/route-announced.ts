// From the texts of a topic's messages to event records with their lanes. EventPusher sends them on; the Reporter finds by
// the same way what a failed EventPusher was to send.

import { type EventRecord, readNotification } from '../../src/pipeline/event-record.ts'
import { laneOf, type Route } from '../../src/pipeline/routing.ts'

export interface RoutedRecords {
  readonly records: readonly EventRecord[]
  readonly dropped: number
  readonly refused: readonly { readonly reason: string; readonly record: unknown }[]
  readonly skipped: readonly string[]
}

export function routeAnnounced(messages: readonly string[], routing: readonly Route[]): RoutedRecords {
  const records: EventRecord[] = []
  const refused: { readonly reason: string; readonly record: unknown }[] = []
  const skipped: string[] = []
  let dropped = 0
  for (const message of messages) {
    const notification = parsed(message)
    if (notification === undefined) {
      refused.push({ reason: 'expected an S3 notification in JSON', record: message })
      continue
    }
    const announced = readNotification(notification.json)
    refused.push(...announced.refused)
    skipped.push(...announced.skipped)
    for (const object of announced.objects) {
      const lane = laneOf({ routing }, object.bucket_name, object.object_key)
      if (lane === 'drop') dropped++
      else records.push({ ...object, dest_stream: lane })
    }
  }
  return { records, dropped, refused, skipped }
}

function parsed(text: string): { readonly json: unknown } | undefined {
  try {
    return { json: JSON.parse(text) }
  } catch {
    return undefined
  }
}
