// The top of the page: the verdict of the run in a word, how many scenarios stand behind it, and what it takes to see it
// again (seed and replay command).

import type { RunReport } from '../../core/report-model.ts'
import { formatMs } from '../../core/units.ts'
import { verdictWords } from '../format.ts'
import { tally, tallySentence } from '../ranking.ts'
import { html, type Markup, said } from './markup.ts'
import { percent } from './plot.ts'

export function banner(report: RunReport): Markup {
  const { word, sign } = verdictWords[report.verdict]
  return html`<header class="banner ${report.verdict}"><p class="eyebrow">shaketable report</p><h1><span class="sign" aria-hidden="true">${sign}</span>${word.charAt(0).toUpperCase()}${word.slice(1)}</h1><p class="lead">${tallySentence(report)}, in ${formatMs(report.durationMs)}.</p>${tallyBar(report)}${report.problems
    .slice(0, 20)
    .map(
      (problem) => html`<p class="problem" role="note"><strong>Problem:</strong> ${said(problem, 1000)}</p>`,
    )}</header>${facts(report)}`
}

function tallyBar(report: RunReport): Markup | undefined {
  const total = report.scenarios.length
  if (total === 0) return undefined
  const counts = tally(report.scenarios)
  let left = 0
  const parts = (['fail', 'inconclusive', 'pass'] as const).map((verdict) => {
    const width = (counts[verdict] / total) * 100
    const part = html`<rect class="${verdict}" x="${percent(left)}" width="${percent(width)}" height="100%"/>`
    left += width
    return part
  })
  return html`<svg class="tally" aria-hidden="true">${parts}</svg>`
}

function facts(report: RunReport): Markup {
  const { envoy, localstack, readyMs } = report.environment
  const ready = readyMs === undefined ? '' : `, ready in ${formatMs(readyMs)}`
  const shown: readonly (readonly [string, string])[] = [
    ['Seed', report.seed],
    ...(envoy === 'none' ? [] : [['Envoy', `${envoy}${ready}`] as const]),
    ...(localstack === undefined ? [] : [['LocalStack', `${localstack}${envoy === 'none' ? ready : ''}`] as const]),
    ['Started', report.startedAt.replace('T', ' ').replace(/\.\d+Z$/, ' UTC')],
    ['shaketable', `${report.tool.version}, Node ${report.environment.node}`],
  ]
  return html`<section class="run" aria-label="About this run"><dl>${shown.map(
    ([term, text]) => html`<div><dt>${term}</dt><dd>${said(text, 120)}</dd></div>`,
  )}</dl><div class="replay"><p><strong>Replay</strong> <span class="muted">the same arrivals, payloads and planned faults; Envoy's own dice differ</span></p><pre><code id="replay"><bdi>${report.replay.slice(0, 2000)}</bdi></code></pre></div></section>`
}
