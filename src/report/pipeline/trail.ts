// The rows of one object's waterfall, in plain words: put, functions, calls, lane, deliveries, parking. Rows are completed as
// their ends come in. It retells what was observed; whether that was allowed is for the checks to say.

import type { AwsCalled, FunctionFailed, FunctionInvoked, LineDelivered, ObjectPut } from '../../core/history.ts'
import type { TimelineRow } from '../../core/verdict.ts'
import { formatCounted } from '../format.ts'
import { failed } from './collect-calls.ts'
import { formatBytes } from './words.ts'

const rowsMax = 60

export type TrailRow = { -readonly [Key in keyof TimelineRow]: TimelineRow[Key] } & { lines?: number }

export function putRow({ intendedMs, atMs, bytes, lines, dest, error }: Omit<ObjectPut, 'object'>): TrailRow {
  const what = `${formatCounted(lines, 'line')}, ${formatBytes(bytes)}`
  const to = dest === 'drop' ? 'to be dropped' : `for ${dest}`
  const label = error === undefined ? `${what}, ${to}` : `refused: ${error}`
  return { startMs: intendedMs, endMs: atMs, lane: 'put', label, outcome: error === undefined ? 'ok' : 'failed' }
}

export function invokedRow({ function: role, atMs, fault }: FunctionInvoked): TrailRow {
  const label = `never ended${blame(fault)}`
  return { startMs: atMs, endMs: atMs, lane: role, label, outcome: 'waiting' }
}

export function returned(row: TrailRow, atMs: number, attempt: number, fault: string | undefined): void {
  row.endMs = atMs
  row.label = `returned${nth(attempt)}${blame(fault)}`
  row.outcome = 'ok'
}

export function failedRow(row: TrailRow, { atMs, attempt, error, message, fault }: FunctionFailed): void {
  row.endMs = atMs
  row.label = `${error}${nth(attempt)}${blame(fault)}${message === '' ? '' : `: ${message.slice(0, 200)}`}`
  row.outcome = 'failed'
}

export function callRow(event: AwsCalled): TrailRow {
  const { service, operation, startMs, atMs, status, error, applied, entries, refused, fault, detail } = event
  const told = [status === 0 ? 'no whole answer' : String(status), ...(error === undefined ? [] : [error])].join(' ')
  const entriesTold = (refused ?? 0) > 0 ? `, ${refused} of ${entries ?? '?'} entries refused` : ''
  const bad = failed(event)
  const unseen = bad && applied ? ', yet carried out' : ''
  const what = detail === undefined || detail === '' ? fault : `${fault}: ${detail}`
  return {
    startMs,
    endMs: atMs,
    lane: `${service}.${operation}`,
    label: `${told}${entriesTold}${unseen}${blame(fault === undefined ? undefined : what)}`,
    outcome: bad || (refused ?? 0) > 0 ? 'failed' : 'ok',
  }
}

/** A run of deliveries is one row, however many events it came in. */
export function delivered(trail: TrailRow[], { atMs, line, last, altered }: LineDelivered): void {
  const before = trail.at(-1)
  const row = before?.lane === 'delivered' ? before : push(trail, deliveredRow(atMs))
  if (row === undefined) return
  row.endMs = Math.max(row.endMs, atMs)
  row.lines = (row.lines ?? 0) + (last ?? line) - line + 1
  row.label = row.lines === 1 ? `line ${line}` : formatCounted(row.lines, 'line')
  if (altered === true) row.outcome = 'failed'
}

const deliveredRow = (atMs: number): TrailRow => {
  return { startMs: atMs, endMs: atMs, lane: 'delivered', label: '', outcome: 'ok' }
}

export function push(trail: TrailRow[], row: TrailRow): TrailRow | undefined {
  if (trail.length >= rowsMax) return undefined
  trail.push(row)
  return row
}

/** In the order of time, a function before its calls, without what is kept for counting only. */
export function finished(trail: readonly TrailRow[]): readonly TimelineRow[] {
  return trail
    .map(({ lines: _, ...row }) => row)
    .sort((left, right) => left.startMs - right.startMs || right.endMs - left.endMs)
}

const nth = (attempt: number): string => (attempt > 1 ? ` (attempt ${attempt})` : '')
const blame = (fault: string | undefined): string => (fault === undefined ? '' : ` (fault ${fault})`)
