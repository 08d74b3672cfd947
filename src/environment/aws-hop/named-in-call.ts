// Which objects a call names, and how many entries it has. Payloads lie at different depths: base64 in Kinesis records, a
// form field in SNS, typed strings in DynamoDB; what a payload names is told by `namesOf`. A call that names an item of
// the ErrorTaskTable by its key only (DeleteItem) is about what was in that item, which is remembered from when it was put.

import type { CallTarget } from './operation.ts'

export type NamesOf = (payload: string) => readonly string[]

export interface NamedInCall {
  readonly objects: readonly string[]
  readonly entries: number
}

export interface CallNames {
  namedIn(target: CallTarget, body: string | undefined): NamedInCall
}

const objectsMax = 1000
const itemsMax = 200_000
const itemKey = 'request_id'

export function callNames(namesOf: NamesOf): CallNames {
  const items = new Map<string, readonly string[]>()
  return {
    namedIn(target, body) {
      if (target.s3 !== undefined) {
        const { bucket, key } = target.s3
        return { objects: bucket === undefined || key === undefined ? [] : [`${bucket}/${key}`], entries: 1 }
      }
      if (body === undefined || body === '') return { objects: [], entries: 1 }
      if (target.service === 'sink') return { objects: deliveredObject(body), entries: 1 }
      const { texts, entries } = payloads(target, body)
      const objects = unique(texts.flatMap((text) => namesOf(text)))
      return { objects: target.service === 'dynamodb' ? withItems(items, body, objects) : objects, entries }
    },
  }
}

function payloads(target: CallTarget, body: string): { readonly texts: readonly string[]; readonly entries: number } {
  switch (target.service) {
    case 'kinesis': {
      const request = json(body)
      const records = isRecord(request) ? (request.Records ?? [request]) : []
      const list = Array.isArray(records) ? records : []
      return { texts: list.flatMap(kinesisData), entries: Math.max(1, list.length) }
    }
    case 'dynamodb':
      return { texts: strings(json(body)), entries: 1 }
    case 'sqs':
    case 'events': {
      const request = json(body)
      const list = isRecord(request) ? request.Entries : undefined
      return { texts: strings(request), entries: Array.isArray(list) ? Math.max(1, list.length) : 1 }
    }
    case 'lambda':
      return { texts: [body], entries: 1 }
    default: {
      if (!target.query) return { texts: [body], entries: 1 }
      const fields = [...new URLSearchParams(body)]
      const members = fields.filter(([name]) => /^PublishBatchRequestEntries\.member\.\d+\.Message$/.test(name))
      const messages = fields.filter(([name]) => name === 'Message' || members.some(([member]) => member === name))
      return { texts: messages.map(([, value]) => value), entries: Math.max(1, members.length) }
    }
  }
}

/** The handler's downstream is told `bucket/key` as such. */
function deliveredObject(body: string): readonly string[] {
  const delivery = json(body)
  const object = isRecord(delivery) ? delivery.object : undefined
  return typeof object === 'string' ? [object] : []
}

function kinesisData(record: unknown): readonly string[] {
  const data = isRecord(record) ? record.Data : undefined
  return typeof data === 'string' ? [Buffer.from(data, 'base64').toString('utf8')] : []
}

function withItems(items: Map<string, readonly string[]>, body: string, objects: readonly string[]): readonly string[] {
  const keys = itemKeys(json(body))
  if (objects.length === 0) return unique(keys.flatMap((key) => items.get(key) ?? []))
  const [only] = keys
  if (keys.length === 1 && only !== undefined) {
    items.set(only, objects)
    const [oldest] = items.keys()
    if (items.size > itemsMax && oldest !== undefined) items.delete(oldest)
  }
  return objects
}

function itemKeys(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(itemKeys)
  if (!isRecord(value)) return []
  const key = value[itemKey]
  if (isRecord(key) && typeof key.S === 'string') return [key.S]
  return Object.values(value).flatMap(itemKeys)
}

/** Every string in a JSON value. Depth is bounded by JSON.parse's own. */
function strings(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.flatMap(strings)
  return isRecord(value) ? Object.values(value).flatMap(strings) : []
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)].slice(0, objectsMax)
}
