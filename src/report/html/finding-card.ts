// One deviation as a card: the rule, what was expected and observed, the line of the config that promised it, and the
// request's timeline.

import { formatPlace } from '../../core/errors.ts'
import type { ConfigLine, Finding } from '../../core/verdict.ts'
import { placeOf } from '../finding-place.ts'
import { shorten } from '../plain-text.ts'
import { html, type Markup, said } from './markup.ts'
import { timeline } from './timeline.ts'

export function findingCard(finding: Finding, id: string, drawTimeline: boolean): Markup {
  const rows = finding.timeline ?? []
  const of = finding.requestId !== undefined ? `request ${finding.requestId}` : (placeOf(finding) ?? finding.rule)
  return html`<article class="finding" aria-labelledby="${id}"><h4 id="${id}"><span class="rule">${said(finding.rule, 120)}</span> <span>${said(finding.message, 1000)}</span></h4>${facts(finding)}${
    finding.config === undefined ? undefined : configLine(finding.config)
  }${drawTimeline && rows.length > 0 ? timeline(rows, `Timeline of ${of}`, finding.object === undefined ? 'attempts' : 'hops') : undefined}</article>`
}

function facts(finding: Finding): Markup | undefined {
  const known: readonly (readonly [string, string | undefined])[] = [
    ['Expected', finding.expected],
    ['Observed', finding.observed],
    ['Request', finding.requestId],
    ['Object', placeOf(finding)],
  ]
  const shown = known.flatMap(([term, text]) =>
    text === undefined ? [] : [html`<div><dt>${term}</dt><dd>${said(text, 1000)}</dd></div>`],
  )
  return shown.length === 0 ? undefined : html`<dl class="facts">${shown}</dl>`
}

function configLine(config: ConfigLine): Markup {
  const number = config.line === undefined ? undefined : html`<span class="line-number">${config.line}</span>`
  return html`<figure class="source"><figcaption>${said(formatPlace(config), 400)}</figcaption><pre><code>${number}<bdi>${shorten(config.text.trim(), 500)}</bdi></code></pre></figure>`
}
