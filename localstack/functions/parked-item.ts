// From a message of the DLQ to the item of the ErrorTaskTable: all event records that the failed payload stands for,
// whichever function had it. A payload that stands for none is kept as text, so that nothing vanishes.

import { type EventRecord, toEventRecord } from '../../src/pipeline/event-record.ts'
import type { Route } from '../../src/pipeline/routing.ts'
import { routeAnnounced } from './route-announced.ts'

export interface ParkedItem {
  readonly request_id: string
  /** JSON list of event records. */
  readonly argument: string
  readonly error_code: string
  readonly error_message: string
  /** ISO 8601, UTC. */
  readonly parked_at: string
  /** The payload itself, where no event record could be made of it. */
  readonly body?: string
}

export interface DlqMessage {
  readonly messageId: string
  readonly body: string
  readonly attributes: Readonly<Record<string, string | undefined>>
}

/** A record needs at least about this much, so that a table's item limit is never near. */
const bodyCharactersMax = 200_000

export function parkedItem(message: DlqMessage, routing: readonly Route[], parkedAt: Date): ParkedItem {
  const { RequestID, ErrorCode, ErrorMessage } = message.attributes
  const records = recordsIn(message.body, routing)
  return {
    request_id: RequestID || message.messageId,
    argument: JSON.stringify(records),
    error_code: ErrorCode ?? '',
    error_message: ErrorMessage ?? '',
    parked_at: parkedAt.toISOString(),
    ...(records.length === 0 ? { body: message.body.slice(0, bodyCharactersMax) } : {}),
  }
}

/** Of Main's payload, of its bad lines, of a list of them, of EventPusher's payload, or of S3's own notification. */
export function recordsIn(body: string, routing: readonly Route[]): readonly EventRecord[] {
  let payload: unknown
  try {
    payload = JSON.parse(body)
  } catch {
    return []
  }
  if (Array.isArray(payload)) return payload.map(toEventRecord).filter(isRecord)
  const record = toEventRecord(payload)
  if (isRecord(record)) return [record]
  return routeAnnounced(notificationsIn(payload, body), routing).records
}

function notificationsIn(payload: unknown, body: string): readonly string[] {
  const records = (payload as { readonly Records?: unknown } | null)?.Records
  if (!Array.isArray(records)) return []
  const messages = records.map(
    (record) => (record as { readonly Sns?: { readonly Message?: unknown } } | null)?.Sns?.Message,
  )
  const texts = messages.filter((message) => typeof message === 'string')
  return texts.length > 0 ? texts : [body]
}

function isRecord(record: EventRecord | string): record is EventRecord {
  return typeof record !== 'string'
}
