// A timeline as swim lanes, a lane a row on one time axis: a request's client, attempts and back-offs, or an object's hops.
// What happened stands beside each bar as text, so nothing depends on seeing the picture.

import { formatMs } from '../../core/units.ts'
import type { TimelineRow } from '../../core/verdict.ts'
import { html, type Markup, said } from './markup.ts'
import { type AxisTick, percent, type TimeScale, timeScale, timeTicks, xAxis } from './plot.ts'

const rowsMax = 40
const words: Readonly<Record<TimelineRow['outcome'], { readonly sign: string; readonly word: string }>> = {
  ok: { sign: '✓', word: 'ok' },
  failed: { sign: '✗', word: 'failed' },
  waiting: { sign: '·', word: 'waiting' },
}

/** `hops` leaves more room for names: those of functions and calls are longer than those of attempts. */
export function timeline(rows: readonly TimelineRow[], name: string, kind: 'attempts' | 'hops' = 'attempts'): Markup {
  const zeroMs = Math.min(...rows.map((row) => row.startMs))
  const endMs = Math.max(...rows.map((row) => row.endMs))
  const scale = timeScale(endMs - zeroMs)
  const ticks = timeTicks(scale).map((tick, index) => (index === 0 ? { ...tick, label: '0' } : tick))
  const more = rows.length > rowsMax ? html`<p class="muted">… ${rows.length - rowsMax} more rows</p>` : undefined
  return html`<figure class="${kind === 'hops' ? 'timeline hops' : 'timeline'}" aria-label="${name}"><ol>${rows
    .slice(0, rowsMax)
    .map((row) =>
      lane(row, zeroMs, scale, ticks),
    )}</ol><div class="timeline-axis">${xAxis(ticks)}</div>${more}</figure>`
}

function lane(row: TimelineRow, zeroMs: number, scale: TimeScale, ticks: readonly AxisTick[]): Markup {
  const fromMs = row.startMs - zeroMs
  const untilMs = row.endMs - zeroMs
  const left = scale.at(fromMs)
  const width = Math.max(0, scale.at(untilMs) - left)
  const { sign, word } = words[row.outcome]
  return html`<li class="${row.outcome}"><span class="lane-name">${said(row.lane, 40)}</span><span class="lane-label"><span class="sign" role="img" aria-label="${word}">${sign}</span> ${said(row.label, 160)}</span><span class="lane-time">${formatMs(fromMs)} to ${formatMs(untilMs)}</span><svg class="lane-bar" aria-hidden="true">${ticks.map(
    ({ at }) => html`<line class="grid" x1="${percent(at)}" x2="${percent(at)}" y1="0" y2="100%"/>`,
  )}<rect class="bar ${row.outcome}" x="${percent(Math.min(left, 99.4))}" y="3" width="${percent(Math.max(width, 0.6))}" height="12" rx="2"/></svg></li>`
}
