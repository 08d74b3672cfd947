// One scenario of the report: its verdict, what it expected and found, and the figures behind it. Passed scenarios keep their
// figures folded away. `detail` says how much fits into the page: everything, text only, or the verdict.

import type { ScenarioReport } from '../../core/report-model.ts'
import { formatMs } from '../../core/units.ts'
import { formatCount, formatRatio } from '../format.ts'
import { attemptsChart } from './attempts-chart.ts'
import { distributionChart } from './distribution-chart.ts'
import { configChanges, counters, falseAlarm, logLines, requests } from './evidence.ts'
import { expectationTable, findings } from './expectations.ts'
import { faultList } from './fault-lanes.ts'
import { html, type Markup, said } from './markup.ts'
import { meshGraph } from './mesh-graph.ts'
import { pipelineCharts, pipelineFigures } from './pipeline/section.ts'
import { timeChart } from './time-chart.ts'
import type { TimelinePlan } from './timeline-plan.ts'
import { verdictBadge } from './verdict-badge.ts'

export type Detail = 'full' | 'text' | 'verdict'

/** `folder`: of the run, for commands. */
export function scenarioSection(
  scenario: ScenarioReport,
  id: string,
  plan: TimelinePlan,
  detail: Detail,
  folder?: string,
): Markup {
  return html`<section class="scenario" id="${id}" aria-labelledby="${id}-name" data-verdict="${scenario.verdict}"><header>${verdictBadge(scenario.verdict)}<h2 id="${id}-name">${said(scenario.name, 200)}</h2><p class="about">${said(scenario.about, 1000)}</p><p class="muted file">${said(scenario.file, 300)}</p></header>${
    detail === 'verdict'
      ? html`<p class="muted">The rest of this scenario is in report.json; it did not fit here.</p>`
      : body(scenario, id, plan, detail, folder)
  }</section>`
}

function body(
  scenario: ScenarioReport,
  id: string,
  plan: TimelinePlan,
  detail: Detail,
  folder: string | undefined,
): Markup {
  const full = detail === 'full'
  const open = scenario.verdict === 'pass' ? undefined : html` open="open"`
  return html`<h3 class="hidden">Expectations</h3>${expectationTable(scenario.expectations.slice(0, 50))}${findings(
    scenario.expectations.slice(0, 50),
    id,
    plan,
    full ? 10 : 1,
  )}${scenario.pipeline === undefined ? figures(scenario) : pipelineFigures(scenario, scenario.pipeline)}${
    full
      ? html`<details class="figures"${open}><summary>Charts and evidence</summary>${charts(scenario, id, plan, folder)}</details>`
      : html`<p class="muted">Charts are left out, so that this page stays small; their data is in report.json.</p>`
  }`
}

function charts(scenario: ScenarioReport, id: string, plan: TimelinePlan, folder: string | undefined): Markup {
  if (scenario.pipeline !== undefined) return pipelineCharts(scenario, scenario.pipeline, id, plan)
  return html`${scenario.series.length === 0 ? undefined : timeChart(scenario, id, folder)}${faultList(scenario.faults)}${distributionChart(
    scenario,
    id,
  )}${attemptsChart(scenario)}${meshGraph(scenario.graph, id)}${requests(scenario, id, plan, folder)}${logLines(scenario)}${counters(
    scenario,
  )}${configChanges(scenario)}${falseAlarm(scenario)}`
}

/** The few numbers that people compare between runs. */
function figures({ requests, latency, sendLag, durationMs }: ScenarioReport): Markup {
  const shown: readonly (readonly [string, string, string])[] = [
    ['Requests', formatCount(requests.sent), `in ${formatMs(durationMs)}`],
    [
      'Succeeded',
      requests.sent === 0 ? '–' : formatRatio(requests.succeeded / requests.sent),
      `${formatCount(requests.failed)} failed`,
    ],
    [
      'Attempts',
      formatCount(requests.attempts),
      requests.sent === 0 ? '' : `${(requests.attempts / requests.sent).toFixed(2)} per request`,
    ],
    ['p50', formatMs(latency.p50Ms), `p90 ${formatMs(latency.p90Ms)}`],
    ['p99', formatMs(latency.p99Ms), `max ${formatMs(latency.maxMs)}`],
    ['Send lag p99', formatMs(sendLag.p99Ms), `max ${formatMs(sendLag.maxMs)}`],
  ]
  return html`<dl class="figures-row">${shown.map(
    ([term, value, aside]) => html`<div><dt>${term}</dt><dd>${value}<small>${aside}</small></dd></div>`,
  )}</dl>`
}
