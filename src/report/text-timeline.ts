// A request's timeline in plain text, for the reporters that have no pictures. Times count from its first row, and lines
// stay short enough for a phone.

import { formatMs } from '../core/units.ts'
import type { TimelineRow } from '../core/verdict.ts'
import { oneLine } from './plain-text.ts'

const rowsMax = 40
const signs: Readonly<Record<TimelineRow['outcome'], string>> = { ok: '✓', failed: '✗', waiting: '·' }

/** One line a row: `✗ attempt 1     0 ms to 31 ms  503 (abort injected)`. */
export function textTimeline(rows: readonly TimelineRow[]): readonly string[] {
  const zeroMs = Math.min(...rows.map((row) => row.startMs))
  const shown = rows.slice(0, rowsMax).map((row) => ({
    lane: `${signs[row.outcome]} ${oneLine(row.lane, 24)}`,
    start: formatMs(row.startMs - zeroMs),
    end: formatMs(row.endMs - zeroMs),
    label: oneLine(row.label, 80),
  }))
  const width = (pick: (row: (typeof shown)[number]) => string): number =>
    Math.max(0, ...shown.map((row) => pick(row).length))
  const laneWidth = width((row) => row.lane)
  const startWidth = width((row) => row.start)
  const endWidth = width((row) => row.end)
  const lines = shown.map((row) =>
    `${row.lane.padEnd(laneWidth)}  ${row.start.padStart(startWidth)} to ${row.end.padStart(endWidth)}  ${row.label}`.trimEnd(),
  )
  return rows.length > rowsMax ? [...lines, `… ${rows.length - rowsMax} more rows`] : lines
}
