// The four small pictures of one lane: records in and out, backlog, freshness, and DELAY where an operator changed it. Each
// is drawn over the same time axis; frame, shading and marks are lane-charts.ts's.

import { scaleLinear, scaleLog } from 'd3-scale'
import { area, curveStepAfter, line } from 'd3-shape'
import type { LaneBin, LaneReport } from '../../../core/report-pipeline.ts'
import { formatMs } from '../../../core/units.ts'
import { formatCount, formatCounted } from '../../format.ts'
import { type Content, html } from '../markup.ts'
import { type AxisTick, formatTick, percent, stretched, type TimeScale } from '../plot.ts'
import { isPlottable, logTicks } from '../time-chart.ts'

export interface Picture {
  readonly kind: 'records' | 'backlog' | 'freshness' | 'delay'
  readonly title: string
  readonly description: string
  readonly yTicks: readonly AxisTick[]
  readonly content: Content
  /** What a bin says to the pointer; undefined: nothing. */
  readonly tell: (bin: LaneBin) => string | undefined
}

export function recordPicture(lane: LaneReport, binMs: number, time: TimeScale): Picture {
  const scale = countScale(Math.max(1, ...lane.series.map((bin) => Math.max(bin.arrived, bin.dispatched))))
  const bars = lane.series.map((bin) => {
    const left = time.at(bin.fromMs)
    const width = Math.max(0, time.at(bin.fromMs + binMs) - left)
    const bar = (count: number, style: string, from: number): Content =>
      count > 0
        ? html`<rect class="bar ${style}" x="${percent(left + from * width)}" width="${percent(width * 0.43)}" y="${percent(scale.at(count))}" height="${percent(100 - scale.at(count))}"/>`
        : undefined
    return [bar(bin.arrived, 'sent', 0), bar(bin.dispatched, 'out', 0.43)]
  })
  return {
    kind: 'records',
    title: 'Records in and out',
    description: `${formatCounted(lane.records, 'record')} in, ${formatCount(lane.dispatched)} handed to a dispatcher; bars count records per ${formatMs(binMs)}.`,
    yTicks: scale.ticks,
    content: html`<g>${bars}</g>`,
    tell: ({ arrived, dispatched }) =>
      arrived + dispatched > 0 ? `${formatCount(arrived)} in, ${formatCount(dispatched)} out` : undefined,
  }
}

export function backlogPicture(lane: LaneReport, binMs: number, time: TimeScale): Picture {
  const scale = countScale(Math.max(1, lane.backlogMax))
  const shape = area<LaneBin>(
    (bin) => time.at(bin.fromMs),
    100,
    (bin) => scale.at(bin.backlog),
  ).curve(curveStepAfter)
  return {
    kind: 'backlog',
    title: 'Backlog',
    description: `At most ${formatCounted(lane.backlogMax, 'record')} waited at the end of a bin of ${formatMs(binMs)}.`,
    yTicks: scale.ticks,
    content: stretched(html`<path class="waiting-area" d="${shape(closed(lane.series, binMs)) ?? ''}"/>`),
    tell: ({ backlog }) => (backlog > 0 ? `${formatCount(backlog)} waiting` : undefined),
  }
}

export function freshnessPicture(lane: LaneReport, binMs: number, time: TimeScale): Picture | undefined {
  const known = lane.series.flatMap(({ p50Ms, p99Ms }) => [p50Ms, p99Ms]).filter(isPlottable)
  if (known.length === 0) return undefined
  const low = Math.min(...known)
  const high = Math.max(low * 2, ...known)
  const scale = scaleLog([low, high], [100, 0]).clamp(true)
  const middle = (bin: LaneBin): number => time.at(bin.fromMs + binMs / 2)
  const curves = (['p99Ms', 'p50Ms'] as const).map((key) => {
    const points = lane.series.filter((bin) => isPlottable(bin[key]))
    const curve = line<LaneBin>(middle, (bin) => scale(bin[key] ?? low))
    return html`<path class="curve ${key === 'p99Ms' ? 'p99' : 'p50'}" d="${curve(points) ?? ''}"/>`
  })
  const dots = lane.series
    .filter((bin) => isPlottable(bin.p99Ms))
    .map(
      (bin) => html`<circle class="dot" cx="${percent(middle(bin))}" cy="${percent(scale(bin.p99Ms ?? low))}" r="2"/>`,
    )
  const { p50Ms, p99Ms, maxMs } = lane.freshness
  return {
    kind: 'freshness',
    title: 'Freshness',
    description: `From put to first delivery, per ${formatMs(binMs)}, on a logarithmic axis. Whole scenario: p50 ${formatMs(p50Ms)}, p99 ${formatMs(p99Ms)}, maximum ${formatMs(maxMs)}.`,
    yTicks: sparse(logTicks(low, high)).map((ms) => ({ at: scale(ms), label: formatTick(ms) })),
    content: html`${stretched(curves)}<g>${dots}</g>`,
    tell: (bin) =>
      bin.p99Ms === undefined
        ? undefined
        : `${formatCounted(bin.deliveredLines, 'line')}, p50 ${formatMs(bin.p50Ms ?? Number.NaN)}, p99 ${formatMs(bin.p99Ms)}`,
  }
}

/** Only where an operator changed it. */
export function delayPicture(lane: LaneReport, binMs: number, time: TimeScale): Picture | undefined {
  const known = lane.series.filter(({ delayMs = Number.NaN }) => Number.isFinite(delayMs) && delayMs >= 0)
  if (known.length === 0) return undefined
  const top = Math.max(1, ...known.map(({ delayMs }) => delayMs ?? 0))
  const scale = scaleLinear([0, top], [100, 0]).clamp(true)
  const curve = line<LaneBin>(
    (bin) => time.at(bin.fromMs),
    (bin) => scale(bin.delayMs ?? 0),
  ).curve(curveStepAfter)
  return {
    kind: 'delay',
    title: 'DELAY as set',
    description: `DELAY of the lane as the operator set it, at most ${formatMs(top)}.`,
    yTicks: [0, top].map((ms) => ({ at: scale(ms), label: ms === 0 ? '0' : formatTick(ms) })),
    content: stretched(html`<path class="curve delay" d="${curve(closed(known, binMs)) ?? ''}"/>`),
    tell: ({ delayMs }) => (delayMs === undefined ? undefined : `DELAY ${formatMs(delayMs)}`),
  }
}

function countScale(top: number): { at(count: number): number; readonly ticks: readonly AxisTick[] } {
  const scale = scaleLinear([0, Number.isFinite(top) ? top : 1], [100, 0])
    .nice(2)
    .clamp(true)
  const ticks = scale
    .ticks(2)
    .filter(Number.isInteger)
    .map((count) => ({ at: scale(count), label: formatCount(count) }))
  return { at: (count) => scale(count), ticks }
}

/** A step needs an end for its last bin. */
function closed(series: readonly LaneBin[], binMs: number): LaneBin[] {
  const last = series.at(-1)
  return last === undefined ? [] : [...series, { ...last, fromMs: last.fromMs + binMs }]
}

/** Three labels are all that a small plot has room for. */
function sparse(ticks: readonly number[]): readonly number[] {
  const step = Math.ceil(ticks.length / 3)
  return ticks.filter((_, index) => index % step === 0)
}
