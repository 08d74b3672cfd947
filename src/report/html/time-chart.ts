// What happened over time: latency percentiles on a logarithmic axis above, requests and failures below, on one time axis.
// Faults are shaded with their names, marks are numbered lines that a list explains.

import { extent } from 'd3-array'
import { scaleLinear, scaleLog } from 'd3-scale'
import { line } from 'd3-shape'
import type { ScenarioReport, SeriesBin } from '../../core/report-model.ts'
import { formatMs } from '../../core/units.ts'
import { formatCount, formatCounted, formatRatio } from '../format.ts'
import { exemplarMarks } from './exemplar-marks.ts'
import { faultBands, faultLanes, markLines } from './fault-lanes.ts'
import { html, type Markup } from './markup.ts'
import {
  type AxisTick,
  canvas,
  dataTable,
  formatTick,
  gridLines,
  percent,
  stretched,
  type TimeScale,
  timeScale,
  timeTicks,
  xAxis,
  yAxis,
} from './plot.ts'

const curves = [
  { key: 'maxMs', name: 'max', style: 'max' },
  { key: 'p99Ms', name: 'p99', style: 'p99' },
  { key: 'p50Ms', name: 'p50', style: 'p50' },
] as const

export function timeChart(scenario: ScenarioReport, id: string, folder?: string): Markup {
  const bins = scenario.series
  const endMs = Math.max(scenario.binMs, ...bins.map((bin) => bin.fromMs + scenario.binMs))
  const time = timeScale(endMs)
  const xTicks = timeTicks(time)
  return html`<figure class="chart"><figcaption><h3>Over time</h3><ul class="legend">${curves.map(
    ({ name, style }) =>
      html`<li><svg class="swatch" aria-hidden="true"><line class="curve ${style}" x1="0" x2="100%" y1="50%" y2="50%"/></svg>${name}</li>`,
  )}<li><span class="swatch-text fail-mark" aria-hidden="true">✗</span>a request failed</li><li><svg class="swatch" aria-hidden="true"><circle class="exemplar" cx="50%" cy="50%" r="3.5"/></svg>slowest request, linked; filled: told below</li><li><svg class="swatch" aria-hidden="true"><rect class="bar sent" width="100%" height="100%"/></svg>sent</li><li><svg class="swatch" aria-hidden="true"><rect class="bar failed" width="100%" height="100%"/></svg>failed</li></ul></figcaption>${faultLanes(
    scenario.faults,
    time,
  )}${latencyPlot(scenario, time, xTicks, id, folder)}${requestPlot(scenario, time, xTicks, id)}<div class="plot"><div></div>${xAxis(xTicks, "since the scenario's start")}</div>${markList(scenario)}${table(bins)}</figure>`
}

function latencyPlot(
  scenario: ScenarioReport,
  time: TimeScale,
  xTicks: readonly AxisTick[],
  id: string,
  folder: string | undefined,
): Markup {
  const bins = scenario.series
  const known = bins.flatMap((bin) => [bin.p50Ms, bin.p99Ms, bin.maxMs]).filter(isPlottable)
  const [low = 1, high = 10] = extent(known)
  const scale = scaleLog([low, Math.max(high, low * 2)], [100, 0])
    .nice()
    .clamp(true)
  const yTicks = logTicks(scale.domain()[0] ?? 1, scale.domain()[1] ?? 10).map((ms) => ({
    at: scale(ms),
    label: formatTick(ms),
  }))
  const middle = (bin: SeriesBin): number => time.at(bin.fromMs + scenario.binMs / 2)
  const paths = curves.map(({ key, style }) => {
    const curve = line<SeriesBin>(middle, (bin) => scale(Math.max(low, bin[key] ?? low))).defined((bin) =>
      isPlottable(bin[key]),
    )
    return html`<path class="curve ${style}" d="${curve(bins) ?? ''}"/>`
  })
  const failures = bins
    .filter((bin) => bin.failed > 0)
    .map((bin) => html`<text class="fail-mark" x="${percent(middle(bin))}" y="11">✗</text>`)
  const description =
    known.length === 0
      ? 'No request was answered.'
      : `Per ${formatMs(scenario.binMs)}: p50, p99 and maximum, between ${formatMs(low)} and ${formatMs(high)} on a logarithmic axis. Whole scenario: p50 ${formatMs(scenario.latency.p50Ms)}, p99 ${formatMs(scenario.latency.p99Ms)}, maximum ${formatMs(scenario.latency.maxMs)}.`
  return html`<div class="plot">${yAxis(yTicks)}${canvas(
    `${id}-lat`,
    { kind: 'latency', title: 'Latency over time', description },
    [
      faultBands(scenario.faults, time),
      gridLines(xTicks, yTicks),
      markLines(scenario.marks, time, true),
      stretched(paths),
      html`<g>${failures}</g>`,
      tips(scenario, time),
    ],
  )}${exemplarMarks(scenario, id, folder, time, (latencyMs) =>
    isPlottable(latencyMs) ? scale(Math.max(low, latencyMs)) : undefined,
  )}</div>`
}

function requestPlot(scenario: ScenarioReport, time: TimeScale, xTicks: readonly AxisTick[], id: string): Markup {
  const bins = scenario.series
  const top = Math.max(1, ...bins.map((bin) => Math.max(bin.sent, bin.failed)))
  const scale = scaleLinear([0, top], [100, 0]).nice(2).clamp(true)
  const yTicks = scale
    .ticks(2)
    .filter(Number.isInteger)
    .map((count) => ({ at: scale(count), label: formatCount(count) }))
  const bars = bins.map((bin) => {
    const left = time.at(bin.fromMs)
    const width = Math.max(0, time.at(bin.fromMs + scenario.binMs) - left) * 0.86
    const bar = (count: number, style: string): Markup | undefined =>
      count > 0
        ? html`<rect class="bar ${style}" x="${percent(left)}" width="${percent(width)}" y="${percent(scale(count))}" height="${percent(100 - scale(count))}"/>`
        : undefined
    return [bar(bin.sent, 'sent'), bar(bin.failed, 'failed')]
  })
  const { sent, failed } = scenario.requests
  const description = `${formatCounted(sent, 'request')} sent, ${formatCount(failed)} failed (${formatRatio(sent === 0 ? 0 : failed / sent)}); bars count requests per ${formatMs(scenario.binMs)}.`
  return html`<div class="plot">${yAxis(yTicks)}${canvas(
    `${id}-req`,
    { kind: 'requests', title: 'Requests sent and failed over time', description },
    [
      faultBands(scenario.faults, time),
      gridLines(xTicks, yTicks),
      html`<g>${bars}</g>`,
      markLines(scenario.marks, time, false),
      tips(scenario, time),
    ],
  )}</div>`
}

/** Invisible columns that tell a bin's figures to the pointer, without any script. */
function tips(scenario: ScenarioReport, time: TimeScale): Markup {
  return html`<g class="tips">${scenario.series.map((bin) => {
    const left = time.at(bin.fromMs)
    const width = Math.max(0, time.at(bin.fromMs + scenario.binMs) - left)
    return html`<rect x="${percent(left)}" width="${percent(width)}" height="100%"><title>${formatMs(bin.fromMs)}: ${formatCount(bin.sent)} sent, ${formatCount(bin.failed)} failed${
      bin.p50Ms === undefined ? '' : `, p50 ${formatMs(bin.p50Ms)}, p99 ${formatMs(bin.p99Ms ?? Number.NaN)}`
    }</title></rect>`
  })}</g>`
}

export function markList({ marks }: ScenarioReport): Markup | undefined {
  if (marks.length === 0) return undefined
  return html`<ol class="marks" aria-label="Marks on the time axis">${marks.map(
    (mark) => html`<li><span class="muted">${formatMs(mark.atMs)}</span> <bdi>${mark.label.slice(0, 200)}</bdi></li>`,
  )}</ol>`
}

function table(bins: readonly SeriesBin[]): Markup {
  const ms = (value: number | undefined): string => (value === undefined ? '–' : formatMs(value))
  return dataTable(
    'latency and requests over time',
    ['From', 'Sent', 'Failed', 'Attempts', 'p50', 'p99', 'Max'],
    bins.map((bin) => [
      formatMs(bin.fromMs),
      formatCount(bin.sent),
      formatCount(bin.failed),
      formatCount(bin.attempts),
      ms(bin.p50Ms),
      ms(bin.p99Ms),
      ms(bin.maxMs),
    ]),
  )
}

/** Powers of ten, with 2 and 5 between them while there are few. */
export function logTicks(low: number, high: number): readonly number[] {
  const first = Math.floor(Math.log10(low))
  const last = Math.ceil(Math.log10(high))
  const steps = last - first <= 2 ? [1, 2, 5] : last - first <= 3 ? [1, 3] : [1]
  const decades = Array.from({ length: Math.min(30, last - first + 1) }, (_, index) => 10 ** (first + index))
  return decades
    .flatMap((decade) => steps.map((step) => step * decade))
    .filter((tick) => tick >= low * 0.999 && tick <= high * 1.001)
}

/** A logarithmic axis shows nothing below a microsecond, and no number is longer than a year. */
export function isPlottable(ms: number | undefined): ms is number {
  return ms !== undefined && ms >= 0.001 && ms < 3e10
}
