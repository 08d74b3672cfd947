// The run beside the one before it: what changed first, and below it every scenario that both have.

import type { RatioChange, RunComparison, ScenarioComparison } from '../../core/report-comparison.ts'
import type { RunReport } from '../../core/report-model.ts'
import {
  attemptsText,
  changesOf,
  comparisonNote,
  comparisonSentence,
  latencyText,
  ratioText,
} from '../comparison-text.ts'
import { formatCount, formatCounted, verdictWords } from '../format.ts'
import { html, type Markup, said } from './markup.ts'

const changesMax = 30
const rowsMax = 100
const findingsMax = 5

export function comparisonSection({ comparison, seed }: RunReport): Markup | undefined {
  if (comparison === undefined) return undefined
  const changes = changesOf(comparison).slice(0, changesMax)
  const withAttempts = comparison.scenarios.some(({ attemptsPerRequest }) => attemptsPerRequest !== undefined)
  return html`<section class="compared" aria-labelledby="compared"><h2 id="compared">Compared with the run before</h2><p class="muted"><bdi>${comparison.run.slice(0, 120)}</bdi>, ${verdictWords[comparison.verdict].word}: ${comparisonNote(comparison, seed)}.</p>${
    changes.length === 0
      ? html`<p>${sentence(comparison)}</p>`
      : html`<ul class="changes">${changes.map(
          ({ scenario, what, figures }) =>
            html`<li><strong>${said(scenario, 120)}</strong> <span class="muted">${what}</span> ${figures}</li>`,
        )}</ul>`
  }<details class="data"><summary>All ${formatCounted(comparison.scenarios.length, 'scenario')} side by side</summary><div class="scroll" role="region" aria-label="Comparison" tabindex="0"><table><caption class="hidden">Comparison with the run before</caption><thead><tr>${heads(
    withAttempts,
  ).map(
    (head) => html`<th scope="col">${head}</th>`,
  )}</tr></thead><tbody>${comparison.scenarios.slice(0, rowsMax).map((one) => row(one, withAttempts))}</tbody></table></div></details></section>`
}

const heads = (withAttempts: boolean) => [
  ...['Scenario', 'Verdict', 'Success', 'p50', 'p99', 'Samples'],
  ...(withAttempts ? ['Attempts per request'] : []),
  'Findings',
]

function sentence(comparison: RunComparison): string {
  const text = comparisonSentence(comparison)
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}

function row(one: ScenarioComparison, withAttempts: boolean): Markup {
  const { before, now } = one.verdict
  const verdict =
    before === now
      ? verdictWords[now].word
      : html`<strong>${verdictWords[before].word} → ${verdictWords[now].word}</strong>`
  const { latency, attemptsPerRequest } = one
  const cells = [
    said(one.name, 120),
    verdict,
    ratio(one.success),
    latencyText(one, 'p50'),
    latencyText(one, 'p99'),
    latency === undefined ? '–' : `${formatCount(latency.samples.before)}, ${formatCount(latency.samples.now)}`,
    ...(withAttempts
      ? [attemptsPerRequest === undefined ? '–' : marked(attemptsText(attemptsPerRequest), one.repeated.differs)]
      : []),
    findings(one),
  ]
  return html`<tr>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`
}

const ratio = (change: RatioChange) => marked(ratioText(change), change.differs)

const marked = (text: string, differs: boolean) => (differs ? html`<strong>${text}</strong>` : text)

function findings({ findingsNew, findingsGone }: ScenarioComparison): Markup | string {
  const told = (label: string, kinds: ScenarioComparison['findingsNew']) =>
    kinds
      .slice(0, findingsMax)
      .map(
        ({ rule, message }) =>
          html`<div title="${message.slice(0, 300)}">${label} <code>${said(rule, 80)}</code></div>`,
      )
  if (findingsNew.length + findingsGone.length === 0) return 'the same'
  return html`${told('new:', findingsNew)}${told('gone:', findingsGone)}`
}
