// What a scenario expected and what came of it, a row an expectation, and the findings behind those that did not hold.

import type { ExpectationReport } from '../../core/report-model.ts'
import type { Finding } from '../../core/verdict.ts'
import { groupAlike } from '../alike.ts'
import { formatCount, formatCounted } from '../format.ts'
import { worstFirst } from '../ranking.ts'
import { findingCard } from './finding-card.ts'
import { html, type Markup, said } from './markup.ts'
import type { TimelinePlan } from './timeline-plan.ts'
import { verdictBadge } from './verdict-badge.ts'

export function expectationTable(expectations: readonly ExpectationReport[]): Markup {
  if (expectations.length === 0) return html`<p class="muted">This scenario expects nothing, so nothing was judged.</p>`
  return html`<table class="expectations" role="table"><caption class="hidden">Expectations</caption><thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">Verdict</th><th role="columnheader" scope="col">Expectation</th><th role="columnheader" scope="col">Result</th></tr></thead><tbody role="rowgroup">${worstFirst(
    expectations,
  ).map(row)}</tbody></table>`
}

function row(expectation: ExpectationReport): Markup {
  return html`<tr role="row"><td role="cell">${verdictBadge(expectation.verdict)}</td><td role="cell"><code>${said(expectation.text, 400)}</code></td><td role="cell">${said(expectation.summary, 1000)}${looked(expectation)}</td></tr>`
}

function looked({ looked: count, skipped }: ExpectationReport): Markup {
  const left = skipped === undefined || skipped === 0 ? '' : `, ${formatCount(skipped)} more could not be judged`
  return html`<span class="muted looked">Looked at ${formatCount(count)}${left}.</span>`
}

/** At most `perExpectation` cards each; the rest is counted. */
export function findings(
  expectations: readonly ExpectationReport[],
  id: string,
  plan: TimelinePlan,
  perExpectation: number,
): Markup | undefined {
  const withFindings = worstFirst(expectations).filter((expectation) => expectation.findings.length > 0)
  if (withFindings.length === 0) return undefined
  const cards = withFindings.map((expectation, place) => {
    const shown = expectation.findings.slice(0, perExpectation)
    const more = expectation.findings.length - shown.length + (expectation.moreFindings ?? 0)
    const card = (finding: Finding) =>
      findingCard(finding, `${id}-f${place}-${shown.indexOf(finding)}`, plan.has(finding))
    return html`${groupAlike(shown, (finding) => finding).map(({ first, others }) => alikeCards(first, others, card))}${
      more > 0
        ? html`<p class="muted more">${formatCounted(more, 'more finding')} of ${said(expectation.check, 80)} in report.json.</p>`
        : undefined
    }`
  })
  return html`<h3>Findings</h3>${cards}`
}

/** The first stands open; the others say the same of other requests. */
function alikeCards(first: Finding, others: readonly Finding[], card: (finding: Finding) => Markup): Markup {
  if (others.length === 0) return card(first)
  return html`${card(first)}<details class="alike"><summary>${formatCount(others.length)} more like it</summary>${others.map(card)}</details>`
}
