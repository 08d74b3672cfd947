// Which objects a payload names, whatever payload of the pipeline it is: an S3 notification, an SNS envelope around it,
// records of Kinesis (base64), Main's event, a DLQ message, bodies of PutItem, PutRecords, Publish (a form), Invoke, or
// what the handler sends to the sink. It runs on every call, so it looks only at what can hold a name, and is bounded.

import type { LineRange } from '../core/history.ts'
import { decodeKey, objectOf, toRanges } from './event-record.ts'

export interface NamedTask {
  readonly object: string
  readonly lines?: readonly LineRange[]
}

const namesMax = 1000
const depthMax = 16
const nodesMax = 50_000
const textMax = 8 * 1024 * 1024

interface Walk {
  readonly found: NamedTask[]
  nodes: number
}

/** `bucket/key` of every object that the payload names, each once, in its order; at most 1000. */
export function objectsNamed(payload: string): string[] {
  const delivery = /^\s*\{"object":("(?:[^"\\]|\\.)*")/.exec(payload)
  if (delivery?.[1] !== undefined) return namesOf(delivery[1])
  const names = new Set(tasksNamed(payload).map(({ object }) => object))
  return [...names]
}

/** The same with the lines that are meant, and an object as often as it is named; at most 1000. */
export function tasksNamed(payload: string): NamedTask[] {
  const walk: Walk = { found: [], nodes: 0 }
  if (payload.length > textMax) return []
  if (looksLikeJson(payload)) text(payload, 0, walk)
  else if (payload.includes('=')) form(payload, walk)
  return walk.found
}

function namesOf(literal: string): string[] {
  try {
    return [JSON.parse(literal) as string]
  } catch {
    return []
  }
}

/** The body of a call in the query protocol (SNS). */
function form(payload: string, walk: Walk): void {
  for (const [key, value] of new URLSearchParams(payload))
    if (/(^|\.)Message$/.test(key) && looksLikeJson(value)) text(value, 1, walk)
}

function text(payload: string, depth: number, walk: Walk): void {
  try {
    visit(JSON.parse(payload), depth, walk)
  } catch {
    // Not JSON after all: it names nothing.
  }
}

function visit(value: unknown, depth: number, walk: Walk): void {
  if (depth > depthMax || walk.found.length >= namesMax || ++walk.nodes > nodesMax) return
  if (typeof value === 'string') {
    if (looksLikeJson(value)) text(value, depth + 1, walk)
  } else if (Array.isArray(value)) {
    for (const item of value) visit(item, depth + 1, walk)
  } else if (typeof value === 'object' && value !== null) {
    mapping(value as Readonly<Record<string, unknown>>, depth, walk)
  }
}

function mapping(value: Readonly<Record<string, unknown>>, depth: number, walk: Walk): void {
  const task = taskOf(value)
  if (task !== undefined) {
    walk.found.push(task)
    return
  }
  for (const key in value) {
    const inner = value[key]
    const encoded = (key === 'data' || key === 'Data') && typeof inner === 'string'
    if (encoded && !looksLikeJson(inner)) text(Buffer.from(inner, 'base64').toString(), depth + 1, walk)
    else if (typeof inner === 'object' || typeof inner === 'string') visit(inner, depth + 1, walk)
  }
}

/** An event record, a record of an S3 notification, or a delivery to the sink. */
function taskOf(value: Readonly<Record<string, unknown>>): NamedTask | undefined {
  const { bucket_name, object_key, s3, object, lines } = value
  if (typeof bucket_name === 'string' && typeof object_key === 'string') {
    const ranges = lines === undefined ? null : toRanges(lines)
    return { object: objectOf({ bucket_name, object_key }), ...(ranges === null ? {} : { lines: ranges }) }
  }
  if (typeof s3 === 'object' && s3 !== null) return notified(s3)
  if (typeof object === 'string' && Array.isArray(lines)) return { object }
  return undefined
}

function notified(s3: { readonly bucket?: unknown; readonly object?: unknown }): NamedTask | undefined {
  const bucket = (s3.bucket as { readonly name?: unknown } | null | undefined)?.name
  const key = (s3.object as { readonly key?: unknown } | null | undefined)?.key
  return typeof bucket === 'string' && typeof key === 'string' ? { object: `${bucket}/${decoded(key)}` } : undefined
}

function decoded(key: string): string {
  try {
    return decodeKey(key)
  } catch {
    return key
  }
}

function looksLikeJson(value: string): boolean {
  let start = 0
  while (start < value.length && value.charCodeAt(start) <= 32) start++
  const code = value.charCodeAt(start)
  return code === 123 || code === 91
}
