// How long each hop takes: a row a hop, the bar ends at p99 and its dark part at p50, on one logarithmic axis for both lanes,
// because a retry takes a thousand times as long as a call.

import { scaleLog } from 'd3-scale'

import type { HopReport, PipelineReport, Station } from '../../../core/report-pipeline.ts'
import { formatMs } from '../../../core/units.ts'
import { formatCounted } from '../../format.ts'
import { html, type Markup } from '../markup.ts'
import { percent } from '../plot.ts'

const names: Readonly<Record<Station, string>> = {
  put: 'put',
  'event-pusher': 'EventPusher',
  lane: 'lane',
  dispatcher: 'Dispatcher',
  main: 'Main',
  delivered: 'delivered',
}

export function hopChart({ hops }: PipelineReport): Markup | undefined {
  if (hops.length === 0) return undefined
  const top = Math.max(10, ...hops.map(({ p99Ms }) => p99Ms).filter(Number.isFinite))
  const scale = scaleLog([1, top], [0, 100]).clamp(true)
  const lanes = [...new Set(hops.map(({ lane }) => lane))]
  return html`<figure class="chart"><figcaption><h3>Hop by hop</h3><p class="muted">Time from one station to the next, over objects: the dark part ends at p50, the bar at p99, on a logarithmic axis from 1 ms. Delivered means the last line’s first delivery.</p></figcaption><div class="${lanes.length > 1 ? 'pair' : ''}">${lanes.map(
    (lane) =>
      html`<table class="bars hops"><caption>Lane ${lane}</caption><thead class="hidden"><tr><th scope="col">Hop</th><th scope="col">Bar</th><th scope="col">p50</th><th scope="col">p99</th></tr></thead><tbody>${hops
        .filter((hop) => hop.lane === lane)
        .map((hop) => row(hop, scale))}</tbody></table>`,
  )}</div></figure>`
}

function row(hop: HopReport, at: (ms: number) => number): Markup {
  const bar = (ms: number): string => percent(ms > 0 ? Math.max(0.6, at(ms)) : 0.6)
  return html`<tr title="${formatCounted(hop.count, 'object')}, at most ${formatMs(hop.maxMs)}"><th scope="row">${names[hop.from]} → ${names[hop.to]}</th><td class="bar-cell"><svg aria-hidden="true"><rect class="bar p99" width="${bar(hop.p99Ms)}" height="100%" rx="2"/><rect class="bar p50" width="${bar(hop.p50Ms)}" height="100%" rx="2"/></svg></td><td class="number">${formatMs(hop.p50Ms)}</td><td class="number muted">${formatMs(hop.p99Ms)}</td></tr>`
}
