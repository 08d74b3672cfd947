// The list of scenarios, worst first, each with its reason in one line and a link to its section.

import type { ScenarioReport } from '../../core/report-model.ts'
import { reasonOf } from '../ranking.ts'
import { html, type Markup, said } from './markup.ts'
import { verdictBadge } from './verdict-badge.ts'

export interface ListedScenario {
  readonly scenario: ScenarioReport
  readonly id: string
}

export function overview(listed: readonly ListedScenario[]): Markup {
  return html`<nav class="overview" aria-labelledby="overview"><h2 id="overview">Scenarios</h2><div id="filter" hidden="hidden"><label>Filter <input type="search" placeholder="name or reason"/></label></div><ul>${listed.map(
    ({ scenario, id }) =>
      html`<li data-verdict="${scenario.verdict}">${verdictBadge(scenario.verdict)}<a href="#${id}">${said(scenario.name, 200)}</a><span class="reason">${said(reasonOf(scenario), 300)}</span></li>`,
  )}</ul></nav>`
}
