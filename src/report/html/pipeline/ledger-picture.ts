// The ledger as a picture: one bar for all lines that were put, divided by how they ended, and the numbers beneath it. What
// is lost is never too thin to be seen.

import type { PipelineReport } from '../../../core/report-pipeline.ts'
import { formatCount, formatCounted, formatRatio } from '../../format.ts'
import { ends, endWords, formatBytes } from '../../pipeline/words.ts'
import { html, type Markup } from '../markup.ts'
import { percent } from '../plot.ts'

const partMin = 1.2

export function ledgerPicture({ ledger }: PipelineReport): Markup {
  const { lines } = ledger
  const parts = ends
    .map((end) => ({ end, count: ledger[end], ratio: lines > 0 ? ledger[end] / lines : 0 }))
    .filter(({ count }) => count > 0)
  const put = `${formatCounted(lines, 'line')} in ${formatCounted(ledger.objects, 'object')} (${formatBytes(ledger.bytes)}) were put`
  return html`<figure class="ledger"><figcaption><h3>Where every line ended</h3><p class="muted">${put}${refused(ledger.refusedPuts)}.</p></figcaption>${
    parts.length === 0 ? undefined : bar(parts)
  }<ul class="ledger-ends">${ends
    .filter((end) => ledger[end] > 0 || end === 'deliveredOnce' || end === 'lost')
    .map((end) => {
      const { word, about, sign } = endWords[end]
      const quiet = ledger[end] === 0 ? ' none' : ''
      return html`<li class="${end}${quiet}"><span class="end-sign" aria-hidden="true">${sign}</span><strong>${formatCount(ledger[end])}</strong> <span class="end-word">${word}</span> <small>${lines > 0 ? formatRatio(ledger[end] / lines) : ''}</small><span class="end-about">${about}</span></li>`
    })}</ul>${asides(ledger)}</figure>`
}

interface Part {
  readonly end: (typeof ends)[number]
  readonly count: number
  readonly ratio: number
}

function bar(parts: readonly Part[]): Markup {
  const widths = visible(parts.map(({ ratio }) => ratio * 100))
  let left = 0
  const shown = parts.map(({ end, count }, index) => {
    const width = widths[index] ?? 0
    const part = html`<rect class="end ${end}" x="${percent(left)}" width="${percent(width)}" height="100%"><title>${formatCount(count)} ${endWords[end].word}</title></rect>`
    left += width
    return part
  })
  const label = parts.map(({ end, count }) => `${formatCount(count)} ${endWords[end].word}`).join(', ')
  return html`<svg class="ledger-bar" role="img" aria-label="${label}">${shown}</svg>`
}

/** Every part gets at least a sliver; the larger ones pay for it. */
function visible(widths: readonly number[]): readonly number[] {
  const raised = widths.map((width) => Math.max(partMin, Number.isFinite(width) ? width : 0))
  const over = raised.reduce((sum, width) => sum + width, 0) - 100
  const payers = raised.reduce((sum, width) => sum + (width > 5 ? width : 0), 0)
  if (payers === 0) return raised
  return raised.map((width) => (width > 5 ? width - (over * width) / payers : width))
}

const refused = (puts: number): string => (puts === 0 ? '' : `; S3 refused ${formatCounted(puts, 'more put')}`)

function asides(ledger: PipelineReport['ledger']): Markup | undefined {
  const told = [
    ...(ledger.extraDeliveries > 0
      ? [`${formatCounted(ledger.extraDeliveries, 'delivery', 'deliveries')} beyond the first`]
      : []),
    ...(ledger.altered > 0 ? [`${formatCounted(ledger.altered, 'line')} arrived with another text or time`] : []),
    ...(ledger.unexpected > 0
      ? [`${formatCounted(ledger.unexpected, 'delivery', 'deliveries')} that nobody was owed`]
      : []),
    ...(ledger.drainedItems > 0
      ? [`${formatCounted(ledger.drainedItems, 'item')} drained from the ErrorTaskTable`]
      : []),
    ...(ledger.fannedOut > 0 ? [`a second consumer was told of ${formatCounted(ledger.fannedOut, 'object')}`] : []),
  ]
  const source =
    ledger.source === 'nothing-lost'
      ? 'Counted by the check nothing-lost.'
      : 'Counted by the report itself: no check of this scenario counts lines.'
  return html`<p class="muted ledger-aside">${told.length === 0 ? '' : `${capital(told.join(', '))}. `}${source}</p>`
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
