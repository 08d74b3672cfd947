// How latencies are distributed: bars over a logarithmic time axis, with the percentiles as lines. Heights are logarithmic
// too, because one slow request in a thousand is what such a chart is read for.

import { scaleLog, scaleSymlog } from 'd3-scale'
import type { ScenarioReport } from '../../core/report-model.ts'
import { formatMs } from '../../core/units.ts'
import { formatCount, formatCounted } from '../format.ts'
import { html, type Markup } from './markup.ts'
import { type AxisTick, canvas, dataTable, formatTick, gridLines, percent, xAxis, yAxis } from './plot.ts'
import { isPlottable, logTicks } from './time-chart.ts'

/** Width of a cell relative to its upper edge, where there is no edge before it. */
const cellRatio = 0.8

export function distributionChart(scenario: ScenarioReport, id: string): Markup | undefined {
  const cells = scenario.histogram
    .filter((cell) => isPlottable(cell.upToMs) && cell.count >= 0)
    .sort((left, right) => left.upToMs - right.upToMs)
  const [first] = cells
  const last = cells.at(-1)
  if (first === undefined || last === undefined) return undefined
  const x = scaleLog([first.upToMs * cellRatio, last.upToMs], [0, 100]).clamp(true)
  const y = scaleSymlog([0, 1.4 * Math.max(1, ...cells.map((cell) => cell.count))], [100, 0]).clamp(true)
  const xTicks = logTicks(first.upToMs * cellRatio, last.upToMs).map((ms) => ({ at: x(ms), label: formatTick(ms) }))
  const top = y.domain()[1] ?? 1
  const yTicks = [1, 10, 100, 1000, 10_000, 100_000]
    .filter((count) => count <= top)
    .map((count) => ({ at: y(count), label: formatCount(count) }))
  const bars = cells.map((cell, index) => {
    const fromMs = cells[index - 1]?.upToMs ?? cell.upToMs * cellRatio
    const left = x(fromMs)
    return html`<rect class="bar sent" x="${percent(left)}" width="${percent(Math.max(0.3, (x(cell.upToMs) - left) * 0.92))}" y="${percent(y(cell.count))}" height="${percent(100 - y(cell.count))}"><title>${formatMs(fromMs)} to ${formatMs(cell.upToMs)}: ${formatCounted(cell.count, 'request')}</title></rect>`
  })
  const { p50Ms, p90Ms, p99Ms, maxMs } = scenario.latency
  const description = `p50 ${formatMs(p50Ms)}, p90 ${formatMs(p90Ms)}, p99 ${formatMs(p99Ms)}, maximum ${formatMs(maxMs)}. Both axes are logarithmic.`
  return html`<figure class="chart"><figcaption><h3>Latency distribution</h3><p class="muted">${description}</p></figcaption><div class="plot">${yAxis(yTicks)}${canvas(
    `${id}-dist`,
    { kind: 'distribution', title: 'Latency distribution', description },
    [gridLines(xTicks, yTicks), html`<g>${bars}</g>`, percentileLines(scenario, x)],
  )}<div></div>${xAxis(thinned(xTicks))}</div>${dataTable(
    'latency distribution',
    ['Up to', 'Requests'],
    cells.map((cell) => [formatMs(cell.upToMs), formatCount(cell.count)]),
  )}</figure>`
}

function percentileLines({ latency }: ScenarioReport, x: (ms: number) => number): Markup {
  const percentiles = [
    ['p50', latency.p50Ms],
    ['p99', latency.p99Ms],
  ] as const
  return html`<g>${percentiles.map(([name, ms]) => {
    if (!isPlottable(ms)) return undefined
    const at = x(ms)
    const anchor = at > 90 ? 'end' : 'start'
    return html`<line class="percentile" x1="${percent(at)}" x2="${percent(at)}" y1="0" y2="100%"/><text class="percentile-name" x="${percent(at)}" y="11" dx="${at > 90 ? -4 : 4}" text-anchor="${anchor}">${name}</text>`
  })}</g>`
}

/** Labels closer than a tenth of the width would run into each other on a phone. */
function thinned(ticks: readonly AxisTick[]): readonly AxisTick[] {
  const kept: AxisTick[] = []
  for (const tick of ticks) {
    if (tick.at - (kept.at(-1)?.at ?? -100) >= 14) kept.push(tick)
  }
  return kept
}
