// What stands under the expectations of a pipeline's scenario: the ledger, which is what a person came for, then the lanes
// over time, the way of single objects, and what the functions and their calls did.

import type { ScenarioReport } from '../../../core/report-model.ts'
import type { PipelineReport } from '../../../core/report-pipeline.ts'
import { formatMs } from '../../../core/units.ts'
import { formatCount, formatRatio } from '../../format.ts'
import { headline } from '../../pipeline/headline.ts'
import { configChanges, falseAlarm, logLines } from '../evidence.ts'
import { faultList } from '../fault-lanes.ts'
import { html, type Markup, said } from '../markup.ts'
import type { TimelinePlan } from '../timeline-plan.ts'
import { experimentMatrix } from './experiment-matrix.ts'
import { callTable, functionTable, parkedTable } from './function-tables.ts'
import { hopChart } from './hop-chart.ts'
import { laneCharts } from './lane-charts.ts'
import { ledgerPicture } from './ledger-picture.ts'
import { objectExamples } from './object-examples.ts'

/** Also without charts a page says what became of the lines. */
export function pipelineFigures(scenario: ScenarioReport, pipeline: PipelineReport): Markup {
  return html`${figuresRow(scenario, pipeline)}${ledgerPicture(pipeline)}`
}

export function pipelineCharts(
  scenario: ScenarioReport,
  pipeline: PipelineReport,
  id: string,
  plan: TimelinePlan,
): Markup {
  return html`${laneCharts(scenario, pipeline, id)}${faultList(scenario.faults)}${experimentMatrix(pipeline)}${objectExamples(
    pipeline,
    plan,
  )}${hopChart(pipeline)}${functionTable(pipeline)}${callTable(pipeline)}${parkedTable(pipeline)}${logLines(scenario)}${configChanges(
    scenario,
  )}${falseAlarm(scenario)}`
}

function figuresRow({ durationMs }: ScenarioReport, pipeline: PipelineReport): Markup {
  const { ledger } = pipeline
  const { p50Ms, p99Ms, deliveredLines } = headline(pipeline)
  const shown: readonly (readonly [string, string, string])[] = [
    ['Objects', formatCount(ledger.objects), `in ${formatMs(durationMs)}`],
    ['Lines', formatCount(ledger.lines), perSecond(ledger.lines, durationMs)],
    [
      'Delivered',
      ledger.lines === 0 ? '–' : formatRatio(deliveredLines / ledger.lines),
      `${formatCount(deliveredLines)} lines`,
    ],
    [
      'Lost',
      formatCount(ledger.lost),
      ledger.inFlight > 0 ? `${formatCount(ledger.inFlight)} under way` : 'none under way',
    ],
    ['Fresh p50', formatMs(p50Ms), 'put to delivered'],
    ['Fresh p99', formatMs(p99Ms), 'of the slower lane'],
  ]
  return html`<dl class="figures-row">${shown.map(
    ([term, value, aside]) => html`<div><dt>${term}</dt><dd>${value}<small>${aside}</small></dd></div>`,
  )}</dl>${
    pipeline.unsettled === undefined
      ? undefined
      : html`<p class="muted unsettled">At the deadline: ${said(pipeline.unsettled, 500)}</p>`
  }`
}

function perSecond(count: number, durationMs: number): string {
  return durationMs > 0 && Number.isFinite(durationMs) ? `${formatCount((count / durationMs) * 1000)}/s on average` : ''
}
