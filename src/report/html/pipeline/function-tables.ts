// What the functions and their AWS calls did, as tables, and what stands in the ErrorTaskTable. On a phone a table scrolls
// within itself.

import type { FunctionReport, PipelineReport } from '../../../core/report-pipeline.ts'
import { formatMs } from '../../../core/units.ts'
import { formatCount } from '../../format.ts'
import { type Content, html, type Markup, said } from '../markup.ts'

export function functionTable({ functions }: PipelineReport): Markup | undefined {
  if (functions.length === 0) return undefined
  return table(
    'Functions',
    ['Function', 'Invocations', 'Retries', 'Duplicates', 'Failures', 'By a fault', 'p50', 'p99'],
    functions.map((one) => [
      said(one.function, 80),
      formatCount(one.invocations),
      quiet(one.retries),
      quiet(one.duplicates),
      failures(one),
      quiet(one.provoked),
      one.duration.count === 0 ? '–' : formatMs(one.duration.p50Ms),
      one.duration.count === 0 ? '–' : formatMs(one.duration.p99Ms),
    ]),
  )
}

export function callTable({ calls }: PipelineReport): Markup | undefined {
  if (calls.length === 0) return undefined
  return table(
    'AWS calls',
    ['Function', 'Call', 'Made', 'Errors', 'Carried out all the same', 'Entries refused', 'Faults', 'p50', 'p99'],
    calls.map((call) => [
      call.function === '' ? html`<span class="muted">no function</span>` : said(call.function, 80),
      html`<code>${said(`${call.service}.${call.operation}`, 80)}</code>`,
      formatCount(call.count),
      quiet(call.errors, 'bad'),
      quiet(call.appliedUnseen, 'bad'),
      quiet(call.refusedEntries, 'bad'),
      quiet(call.faults),
      formatMs(call.duration.p50Ms),
      formatMs(call.duration.p99Ms),
    ]),
    2,
  )
}

export function parkedTable({ parked }: PipelineReport): Markup | undefined {
  if (parked.length === 0) return undefined
  return table(
    'ErrorTaskTable',
    ['Error', 'Items', 'Drained', 'Left'],
    parked.map(({ error, items, drained }) => [
      said(error, 200),
      formatCount(items),
      quiet(drained),
      quiet(Math.max(0, items - drained)),
    ]),
  )
}

function failures({ failures: kinds }: FunctionReport): Content {
  const shown = Object.entries(kinds).filter(([, count]) => count > 0)
  if (shown.length === 0) return quiet(0)
  return html`<span class="bad">${shown.map(([kind, count], index) => html`${index === 0 ? '' : ', '}${formatCount(count)} ${said(kind, 40)}`)}</span>`
}

/** Nothing is not worth the eye. */
function quiet(count: number, style = 'some'): Markup {
  return count === 0 ? html`<span class="muted">–</span>` : html`<span class="${style}">${formatCount(count)}</span>`
}

/** The first `words` columns are text, the others numbers. */
function table(title: string, head: readonly string[], rows: readonly (readonly Content[])[], words = 1): Markup {
  const style = (index: number): string => (index < words ? 'words' : 'number')
  return html`<h3>${title}</h3><div class="scroll" role="region" aria-label="${title}" tabindex="0"><table class="counts"><caption class="hidden">${title}</caption><thead><tr>${head.map(
    (name, index) => html`<th scope="col" class="${style(index)}">${name}</th>`,
  )}</tr></thead><tbody>${rows.map(
    (cells) =>
      html`<tr>${cells.map((cell, index) => (index === 0 ? html`<th scope="row">${cell}</th>` : html`<td class="${style(index)}">${cell}</td>`))}</tr>`,
  )}</tbody></table></div>`
}
