// How many attempts requests took, and how they ended: bars with their numbers beside them, which are also the data.

import type { ScenarioReport } from '../../core/report-model.ts'
import { formatCount, formatRatio } from '../format.ts'
import { html, type Markup, said } from './markup.ts'
import { percent } from './plot.ts'

const rowsMax = 12

export function attemptsChart({ requests }: ScenarioReport): Markup {
  const name = (attempts: string): string => `${attempts} ${attempts === '1' ? 'attempt' : 'attempts'}`
  const attempts = Object.entries(requests.byAttempts).map(([count, total]): Row => [name(count), total, 'sent'])
  const outcomes = Object.entries(requests.byOutcome).map(
    ([outcome, total]): Row => [outcome, total, /^([1-4]\d\d$|grpc-status 0\b)/.test(outcome) ? 'sent' : 'failed'],
  )
  return html`<div class="pair"><figure class="chart"><figcaption><h3>Attempts per request</h3></figcaption>${bars('Attempts per request', attempts)}</figure><figure class="chart"><figcaption><h3>Outcomes</h3></figcaption>${bars('Outcomes', outcomes)}</figure></div>`
}

type Row = readonly [name: string, count: number, style: 'sent' | 'failed']

function bars(label: string, rows: readonly Row[]): Markup {
  if (rows.length === 0) return html`<p class="muted">No request was settled.</p>`
  const total = rows.reduce((sum, [, count]) => sum + count, 0)
  const more = rows.length > rowsMax ? html`<p class="muted">… ${rows.length - rowsMax} more</p>` : undefined
  return html`<table class="bars" aria-label="${label}"><tbody>${rows.slice(0, rowsMax).map(([name, count, style]) => {
    const ratio = total === 0 ? 0 : count / total
    return html`<tr><th scope="row">${said(name, 40)}</th><td class="bar-cell"><svg aria-hidden="true"><rect class="bar ${style}" width="${percent(count > 0 ? Math.max(0.6, ratio * 100) : 0)}" height="100%" rx="2"/></svg></td><td class="number">${formatCount(count)}</td><td class="number muted">${formatRatio(ratio)}</td></tr>`
  })}</tbody></table>${more}`
}
