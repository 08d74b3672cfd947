// The lines of an object that no parser can read: collected as ranges while the object is read, and cut into parcels that
// fit into one message of the DLQ, so that a later drain delivers only them.

import type { LineRange } from '../core/history.ts'
import type { EventRecord } from './event-record.ts'

/** SNS, asynchronous Lambda and the attribute of an item all take about 256 KiB. */
const rangesPerParcelMax = 5000
const reasonsMax = 5
const reasonCharactersMax = 200

export interface BadLines {
  readonly count: number
  readonly ranges: readonly LineRange[]
  /** The first few, each with its line. */
  readonly reasons: readonly string[]
}

export interface BadLineCollector {
  /** Lines must come in their order. */
  add(line: number, reason: string): void
  readonly lines: BadLines
}

export function collectBadLines(): BadLineCollector {
  const ranges: { first: number; last: number }[] = []
  const reasons: string[] = []
  let count = 0
  return {
    add(line, reason) {
      count++
      if (reasons.length < reasonsMax) reasons.push(`line ${line}: ${reason.slice(0, reasonCharactersMax)}`)
      const open = ranges.at(-1)
      if (open?.last === line - 1) open.last = line
      else ranges.push({ first: line, last: line })
    },
    get lines() {
      return { count, ranges, reasons }
    },
  }
}

/** The event records that stand for the bad lines: nearly always one. */
export function parcelsOf(record: EventRecord, bad: BadLines): readonly EventRecord[] {
  const parcels: EventRecord[] = []
  for (let start = 0; start < bad.ranges.length; start += rangesPerParcelMax)
    parcels.push({ ...record, lines: bad.ranges.slice(start, start + rangesPerParcelMax) })
  return parcels
}

export function badLineMessage(bad: BadLines): string {
  const more = bad.count > bad.reasons.length ? `; and ${bad.count - bad.reasons.length} more` : ''
  return `${bad.count} of the object's lines cannot be read: ${bad.reasons.join('; ')}${more}`
}
