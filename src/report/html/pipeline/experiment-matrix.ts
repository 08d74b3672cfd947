// Every fault as an experiment: a row a call, a column a fault, and in each cell what became of the objects that it hit. What
// is lost stands out, what arrived once is quiet, and an empty cell was not tried.

import type { ExperimentReport, PipelineReport } from '../../../core/report-pipeline.ts'
import { formatCount, formatCounted } from '../../format.ts'
import { ends, endWords } from '../../pipeline/words.ts'
import { html, type Markup, said } from '../markup.ts'

const columnsMax = 24
const rowsMax = 80

export function experimentMatrix({ experiments }: PipelineReport): Markup | undefined {
  if (experiments.length === 0) return undefined
  const columns = unique(experiments.map(({ fault }) => fault))
    .sort((left, right) => left.localeCompare(right, 'en'))
    .slice(0, columnsMax)
  const rows = unique(experiments.map(rowKey)).slice(0, rowsMax)
  const cells = new Map(experiments.map((one) => [JSON.stringify([rowKey(one), one.fault]), one]))
  const used = ends.filter((end) => experiments.some((one) => one[end] > 0))
  return html`<figure class="chart"><figcaption><h3>What each fault did to its objects</h3><ul class="legend">${used.map(
    (end) =>
      html`<li><span class="cell-part ${end}" aria-hidden="true">${endWords[end].sign}</span>${endWords[end].word}</li>`,
  )}</ul></figcaption><div class="scroll" role="region" aria-label="Experiments" tabindex="0"><table class="matrix"><caption class="hidden">What became of the objects that each fault hit</caption><thead><tr><th scope="col">Where</th>${columns.map(
    (fault) => html`<th scope="col">${said(fault, 60)}</th>`,
  )}</tr></thead><tbody>${rows.map((key) => {
    const first = experiments.find((one) => rowKey(one) === key)
    return html`<tr><th scope="row">${first === undefined ? undefined : place(first)}</th>${columns.map((fault) =>
      cell(cells.get(JSON.stringify([key, fault]))),
    )}</tr>`
  })}</tbody></table></div>${more(experiments, columns, rows)}</figure>`
}

const rowKey = ({ function: role, call }: ExperimentReport): string => JSON.stringify([role, call])

function place({ function: role, call }: ExperimentReport): Markup {
  return html`<span class="matrix-role">${said(role || 'no function', 60)}</span> ${call === '' ? html`<span class="muted">the invocation</span>` : html`<code>${said(call, 60)}</code>`}`
}

function cell(one: ExperimentReport | undefined): Markup {
  if (one === undefined) return html`<td class="empty"></td>`
  const parts = ends.filter((end) => one[end] > 0)
  const title = `${formatCounted(one.objects, 'object')}, fired ${formatCounted(one.fired, 'time')}: ${parts.map((end) => `${formatCount(one[end])} ${endWords[end].word}`).join(', ')}`
  const unnamed = one.objects === 0 ? html`<span class="muted">${formatCount(one.fired)} ×</span>` : undefined
  return html`<td title="${title}">${unnamed}${parts.map(
    (end) =>
      html`<span class="cell-part ${end}"><span aria-hidden="true">${endWords[end].sign}</span> ${formatCount(one[end])}<span class="hidden"> ${endWords[end].word}</span></span>`,
  )}</td>`
}

function more(
  all: readonly ExperimentReport[],
  columns: readonly string[],
  rows: readonly string[],
): Markup | undefined {
  const left = all.filter((one) => !columns.includes(one.fault) || !rows.includes(rowKey(one))).length
  return left === 0 ? undefined : html`<p class="muted">${formatCounted(left, 'more experiment')} in report.json.</p>`
}

const unique = (texts: readonly string[]): string[] => [...new Set(texts)]
