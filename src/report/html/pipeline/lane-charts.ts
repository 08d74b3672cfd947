// Both lanes over time as small multiples on one time axis: records in and out, the backlog, and how fresh the delivered
// lines were. Faults are shaded, what an operator did is a numbered line. The pictures are in lane-plots.ts.

import type { ScenarioReport } from '../../../core/report-model.ts'
import type { LaneReport, PipelineReport } from '../../../core/report-pipeline.ts'
import { formatMs } from '../../../core/units.ts'
import { formatCount, formatCounted } from '../../format.ts'
import { faultBands, faultLanes, markLines } from '../fault-lanes.ts'
import { html, type Markup } from '../markup.ts'
import {
  type AxisTick,
  canvas,
  dataTable,
  gridLines,
  percent,
  type TimeScale,
  timeScale,
  timeTicks,
  xAxis,
  yAxis,
} from '../plot.ts'
import { markList } from '../time-chart.ts'
import { backlogPicture, delayPicture, freshnessPicture, type Picture, recordPicture } from './lane-plots.ts'

const faultLanesMax = 4
/** More numbers than that would run into each other. */
const marksNumberedMax = 12

interface Frame {
  readonly scenario: ScenarioReport
  readonly lane: LaneReport
  readonly binMs: number
  readonly time: TimeScale
  readonly xTicks: readonly AxisTick[]
  readonly id: string
}

export function laneCharts(scenario: ScenarioReport, { lanes, binMs }: PipelineReport, id: string): Markup {
  const used = lanes.filter(({ records, deliveredLines }) => records > 0 || deliveredLines > 0)
  if (used.length === 0) return html`<p class="muted">No record came into a lane.</p>`
  const idle = lanes.filter((lane) => !used.includes(lane)).map(({ lane }) => lane)
  const ends = used.flatMap(({ series }) => series.map((bin) => bin.fromMs + binMs)).filter(Number.isFinite)
  const time = timeScale(Math.max(1, ...ends))
  const xTicks = timeTicks(time)
  const columns = used.map((lane, index) =>
    column({ scenario, lane, binMs, time, xTicks, id: `${id}-lane${index + 1}` }),
  )
  return html`<figure class="chart lanes"><figcaption><h3>Lanes over time</h3>${legend(scenario)}</figcaption><div class="${used.length > 1 ? 'pair' : 'single'}">${columns}</div>${marks(scenario)}${
    idle.length === 0 ? undefined : html`<p class="muted">Nothing came into lane ${idle.join(' or ')}.</p>`
  }${used.map(table)}</figure>`
}

/** A controller may act fifty times; the first few and the picture of DELAY tell enough. */
function marks(scenario: ScenarioReport): Markup | undefined {
  const left = scenario.marks.length - marksNumberedMax
  if (left <= 0) return markList(scenario)
  return html`${markList({ ...scenario, marks: scenario.marks.slice(0, marksNumberedMax) })}<p class="muted">… ${formatCounted(left, 'more mark')} in report.json.</p>`
}

function legend({ faults }: ScenarioReport): Markup {
  const area = (style: string): Markup =>
    html`<svg class="swatch" aria-hidden="true"><rect class="${style}" width="100%" height="100%"/></svg>`
  const curve = (style: string): Markup =>
    html`<svg class="swatch" aria-hidden="true"><line class="curve ${style}" x1="0" x2="100%" y1="50%" y2="50%"/></svg>`
  return html`<ul class="legend"><li>${area('bar sent')}records in</li><li>${area('bar out')}handed to a dispatcher</li><li>${area('waiting-area')}waiting in the lane</li><li>${curve('p99')}freshness p99</li><li>${curve('p50')}p50</li>${
    faults.length === 0 ? undefined : html`<li>${area('fault-band')}fault</li>`
  }</ul>`
}

function column(frame: Frame): Markup {
  const { lane, binMs, scenario, time, xTicks } = frame
  const { freshness } = lane
  const fresh =
    freshness.count === 0
      ? 'nothing delivered'
      : `freshness p50 ${formatMs(freshness.p50Ms)}, p99 ${formatMs(freshness.p99Ms)}`
  const pictures = [recordPicture, backlogPicture, freshnessPicture, delayPicture].flatMap(
    (draw) => draw(lane, binMs, time) ?? [],
  )
  return html`<div class="lane-column"><h4>Lane ${lane.lane} <span class="muted">${formatCounted(lane.records, 'record')}, ${formatCounted(lane.shards, 'shard')}, ${fresh}</span></h4>${faultLanes(
    scenario.faults.slice(0, faultLanesMax),
    time,
  )}${pictures.map((picture, index) => plot(frame, picture, index === 0))}<div class="plot"><div></div>${xAxis(xTicks, "since the scenario's start")}</div></div>`
}

function plot({ scenario, lane, binMs, time, xTicks, id }: Frame, picture: Picture, first: boolean): Markup {
  const { kind, title, description, yTicks, content } = picture
  const numbered = first && scenario.marks.length > 0 && scenario.marks.length <= marksNumberedMax
  const tips = lane.series.map((bin) => {
    const told = picture.tell(bin)
    if (told === undefined) return undefined
    const left = time.at(bin.fromMs)
    const width = Math.max(0, time.at(bin.fromMs + binMs) - left)
    return html`<rect x="${percent(left)}" width="${percent(width)}" height="100%"><title>${formatMs(bin.fromMs)}: ${told}</title></rect>`
  })
  return html`<p class="plot-name${numbered ? ' numbered' : ''}">${title}</p><div class="plot">${yAxis(yTicks)}${canvas(
    `${id}-${kind}`,
    { kind: `small ${kind}`, title: `${title}, lane ${lane.lane}`, description },
    [
      faultBands(scenario.faults, time),
      gridLines(xTicks, yTicks),
      content,
      markLines(scenario.marks, time, numbered),
      html`<g class="tips">${tips}</g>`,
    ],
  )}</div>`
}

function table({ lane, series }: LaneReport): Markup {
  const ms = (value: number | undefined): string => (value === undefined ? '–' : formatMs(value))
  return dataTable(
    `lane ${lane} over time`,
    ['From', 'In', 'Handed out', 'Waiting', 'Lines delivered', 'Fresh p50', 'Fresh p99', 'DELAY'],
    series.map((bin) => [
      formatMs(bin.fromMs),
      formatCount(bin.arrived),
      formatCount(bin.dispatched),
      formatCount(bin.backlog),
      formatCount(bin.deliveredLines),
      ms(bin.p50Ms),
      ms(bin.p99Ms),
      ms(bin.delayMs),
    ]),
  )
}
