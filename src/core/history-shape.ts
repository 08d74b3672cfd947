// The shape of every event kind, as a table that the compiler holds to the types of history.ts and a test holds to
// docs/history.md. It is checked on writing and on reading, so that checks may rely on it even for histories that were
// edited by hand. It does not ask whether values make sense together: that is what checks are for.

import type { EventKind, HistoryEvent } from './history.ts'

interface Field {
  /** In words, for messages: `text`. */
  readonly expected: string
  readonly optional: boolean
  accepts(value: unknown): boolean
}

type BaseKey = 'atMs' | 'src' | 'seq' | 'scenario' | 'kind'
type EventOf<Kind extends EventKind, Event = HistoryEvent> = Event extends { readonly kind: infer Kinds }
  ? Kind extends Kinds
    ? Event
    : never
  : never
type Shape<Event> = {
  readonly [Key in Exclude<keyof Event, BaseKey>]-?: Field & {
    readonly optional: object extends Pick<Event, Key> ? true : false
  }
}

function required<Accepts extends (value: unknown) => boolean>(expected: string, accepts: Accepts) {
  return { expected, accepts, optional: false } as const
}

function optional(field: Field) {
  return { ...field, optional: true } as const
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isCount = (value: unknown) => Number.isSafeInteger(value) && Number(value) >= 0

const text = required('text', (value) => typeof value === 'string')
const flag = required('true or false', (value) => typeof value === 'boolean')
const number = required('a finite number', Number.isFinite)
const count = required('a whole number of 0 or more', isCount)
const texts = required('a list of texts', (value) => Array.isArray(value) && value.every((item) => text.accepts(item)))
const figures = required(
  'a record of finite numbers',
  (value) => isRecord(value) && Object.values(value).every(Number.isFinite),
)
const textRecord = required('a record of texts', (value) => isRecord(value) && Object.values(value).every(text.accepts))
const only = (expected: boolean) => required(String(expected), (value) => value === expected)
const oneOf = (...values: readonly string[]) =>
  required(values.join(' | '), (value) => typeof value === 'string' && values.includes(value))
const orNull = (field: Field) =>
  required(`${field.expected} or null`, (value) => value === null || field.accepts(value))

const plannedFault = {
  fault: text,
  attempt: count,
  status: optional(count),
  grpcStatus: optional(count),
  delayMs: optional(number),
  kibPerSecond: optional(number),
  target: text,
}
const plan = required(
  'a list of {fault, attempt, status?, grpcStatus?, delayMs?, kibPerSecond?, target, host?}',
  (value) =>
    Array.isArray(value) &&
    value.every(
      (item) =>
        isRecord(item) && mismatch(item, Object.entries({ ...plannedFault, host: optional(count) })) === undefined,
    ),
)

const fault = { fault: text, target: text, detail: text }
const anything = optional({ expected: 'anything', optional: true, accepts: () => true })
const config = { type: oneOf('clusters', 'routes', 'endpoints'), version: text, detail: text, declared: anything }
const phase = { configChanges: optional(texts), unsettled: optional(text), environmentReadyMs: optional(number) }
const ranges = required(
  'a list of {first, last}',
  (value) => Array.isArray(value) && value.every((item) => isRecord(item) && isCount(item.first) && isCount(item.last)),
)
const tasks = required(
  'a list of {object, lines?}',
  (value) =>
    Array.isArray(value) &&
    value.every(
      (item) => isRecord(item) && text.accepts(item.object) && (item.lines === undefined || ranges.accepts(item.lines)),
    ),
)
const lane = oneOf('fast', 'slow')
const invocation = { function: text, invocation: text, attempt: count }
const registered = { cluster: text, host: count, address: text, reason: text }
const host = { cluster: text, host: text, reason: text, enforced: flag, ejections: count }

const shapes: { readonly [Kind in EventKind]: Shape<EventOf<Kind>> } = {
  'request-sent': {
    id: text,
    traffic: count,
    method: text,
    host: text,
    path: text,
    bodyBytes: count,
    intendedMs: number,
    plan,
  },
  'request-answered': {
    id: text,
    status: optional(count),
    error: optional(oneOf('timeout', 'connect', 'reset', 'truncated', 'not-sent', 'interrupted')),
    detail: optional(text),
    grpcStatus: optional(count),
    messages: optional(count),
    headers: optional(textRecord),
    bytes: count,
    latencyMs: number,
  },
  'request-logged': {
    id: text,
    startMs: number,
    code: count,
    flags: texts,
    details: text,
    attempts: count,
    cluster: text,
    authority: text,
    grpcStatus: optional(count),
    listener: optional(text),
    connection: optional(text),
    connectionAgeMs: optional(number),
    client: optional(text),
  },
  'attempt-logged': {
    id: text,
    attempt: count,
    startMs: number,
    readyMs: optional(number),
    headMs: optional(number),
    code: count,
    flags: texts,
    details: text,
    failureReason: text,
    cluster: text,
    host: text,
    protocol: text,
    grpcStatus: optional(count),
    grpcStatusIn: optional(oneOf('headers', 'trailers')),
    connection: optional(text),
  },
  'attempt-seen': {
    id: text,
    attempt: count,
    startMs: number,
    code: count,
    flags: texts,
    details: text,
    cluster: text,
    host: count,
    authority: text,
    method: text,
    path: text,
    protocol: text,
    grpcStatus: optional(count),
    kibPerSecond: optional(number),
    shadow: optional(only(true)),
    headers: optional(textRecord),
  },
  'connection-closed': {
    cluster: text,
    host: count,
    connection: count,
    client: text,
    startMs: number,
    fault: optional(text),
    what: optional(text),
    bytesUp: count,
    bytesDown: count,
    closedBy: oneOf('client', 'upstream', 'relay'),
  },
  'host-registered': registered,
  'host-left': registered,
  'host-ejected': host,
  'host-returned': host,
  'fault-injected': fault,
  'fault-healed': fault,
  counters: { phase: oneOf('before', 'after'), envoy: text, values: figures },
  'log-line': { process: text, level: text, text },
  'process-started': { process: text, pid: count },
  'process-exited': { process: text, pid: count, code: orNull(number), signal: orNull(text), expected: flag },
  'config-pushed': config,
  'config-accepted': config,
  'config-rejected': config,
  'object-put': {
    object: text,
    source: count,
    bytes: count,
    lines: count,
    poison: ranges,
    unreadable: flag,
    format: text,
    dest: oneOf('fast', 'slow', 'drop'),
    intendedMs: number,
    error: optional(text),
  },
  'record-in-lane': {
    lane,
    shard: text,
    sequence: text,
    partitionKey: text,
    object: text,
    lines: optional(ranges),
  },
  'function-invoked': {
    ...invocation,
    objects: texts,
    shard: optional(text),
    sequence: optional(text),
    fault: optional(text),
  },
  'function-returned': { ...invocation, durationMs: number },
  'function-failed': {
    ...invocation,
    durationMs: number,
    error: oneOf('error', 'timeout', 'crash', 'memory', 'throttled', 'not-started'),
    message: text,
    fault: optional(text),
  },
  'aws-called': {
    function: text,
    invocation: optional(text),
    service: text,
    operation: text,
    objects: texts,
    startMs: number,
    status: count,
    error: optional(text),
    applied: flag,
    entries: optional(count),
    refused: optional(count),
    fault: optional(text),
    detail: optional(text),
  },
  'line-delivered': { object: text, line: count, last: optional(count), altered: optional(flag) },
  'item-parked': { item: text, tasks, error: text },
  'item-drained': { item: text },
  'operator-acted': { action: text, detail: text, values: optional(figures) },
  'object-fanned-out': { object: text, consumer: text },
  heartbeat: { lateMs: number },
  'scenario-started': phase,
  'scenario-ended': phase,
  end: { reason: oneOf('complete', 'interrupted', 'failed'), dropped: count },
}

type Fields = readonly (readonly [string, Field])[]

const baseFields: Fields = Object.entries({ atMs: number, src: text, seq: count, scenario: text })
const fieldsByKind: ReadonlyMap<string, Fields> = new Map(
  Object.entries(shapes).map(([kind, shape]) => [kind, Object.entries<Field>(shape)]),
)

/** Every kind of format 1 with the names of its own fields; an optional one ends in `?`. */
export const eventKinds: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  [...fieldsByKind].map(([kind, fields]) => [
    kind,
    fields.map(([name, { optional }]) => `${name}${optional ? '?' : ''}`),
  ]),
)

/** Either the event, or in one line what is wrong with it: what was expected and what was seen. */
export function checkEvent(value: unknown): { readonly event: HistoryEvent } | { readonly complaint: string } {
  if (!isRecord(value)) return { complaint: `an event expected, ${brief(value)} seen` }
  const fields = typeof value.kind === 'string' ? fieldsByKind.get(value.kind) : undefined
  if (fields === undefined) return { complaint: `an event of a known kind expected, kind ${brief(value.kind)} seen` }
  const complaint = mismatch(value, baseFields) ?? mismatch(value, fields)
  if (complaint !== undefined) return { complaint: `${value.kind}: ${complaint}` }
  return { event: value as unknown as HistoryEvent }
}

function mismatch(value: Readonly<Record<string, unknown>>, fields: Fields): string | undefined {
  for (const [name, field] of fields) {
    const seen = value[name]
    if (seen === undefined ? field.optional : field.accepts(seen)) continue
    return `"${name}" must be ${field.expected}, ${brief(seen)} seen`
  }
  return undefined
}

function brief(value: unknown): string {
  const json = value === undefined ? 'nothing' : JSON.stringify(value)
  return json.length > 60 ? `${json.slice(0, 57)}...` : json
}
