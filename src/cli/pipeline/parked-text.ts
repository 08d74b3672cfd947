// How parked items look in a terminal. Texts come from logs and from users' code, so control characters, which could
// command the terminal, are shown as escapes.

import type { LineRange } from '../../core/history.ts'
import { type EventRecord, objectOf } from '../../pipeline/event-record.ts'
import type { ParkedTask } from './parked-tasks.ts'

const rangesShownMax = 10

export function printable(text: string, lettersMax = Number.POSITIVE_INFINITY): string {
  const cut = text.length > lettersMax ? `${text.slice(0, lettersMax)}...` : text
  return cut.toWellFormed().replaceAll(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, (letter) => {
    return `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

/** `12s`, `5m`, `3h`, `2d`; a question mark where the item does not say. */
export function ageText(parkedAt: string, nowMs: number): string {
  const ageMs = nowMs - Date.parse(parkedAt)
  if (Number.isNaN(ageMs)) return '?'
  const seconds = Math.max(0, Math.floor(ageMs / 1000))
  if (seconds < 60) return `${seconds}s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86_400)}d`
}

export function errorText({ errorCode, errorMessage }: ParkedTask, lettersMax?: number): string {
  const text = [errorCode, errorMessage].filter((part) => part !== '').join(': ')
  return text === '' ? 'no error given' : printable(text, lettersMax)
}

/** `bucket/key, lines 4 and 7-9`; without lines where the whole object is meant. */
export function recordText(record: EventRecord): string {
  const lines = record.lines === undefined ? '' : `, ${linesText(record.lines)}`
  return `${printable(objectOf(record))}${lines}`
}

export function linesText(ranges: readonly LineRange[]): string {
  const shown = ranges
    .slice(0, rangesShownMax)
    .map(({ first, last }) => (first === last ? String(first) : `${first}-${last}`))
  const more = ranges.length > rangesShownMax ? [`${ranges.length - rangesShownMax} more ranges`] : []
  const parts = [...shown, ...more]
  const last = parts.pop() ?? 'none'
  const isOne = ranges.length === 1 && ranges[0]?.first === ranges[0]?.last
  return `${isOne ? 'line' : 'lines'} ${parts.length === 0 ? last : `${parts.join(', ')} and ${last}`}`
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}
