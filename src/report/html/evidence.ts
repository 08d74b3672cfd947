// What stands behind the charts of a scenario: example requests, log lines, Envoy's counters, what we changed in the config,
// and how likely a false alarm is.

import type { ScenarioReport } from '../../core/report-model.ts'
import { formatMs } from '../../core/units.ts'
import { formatChance, formatCount } from '../format.ts'
import { oneLine } from '../plain-text.ts'
import { html, type Markup, said } from './markup.ts'
import { timeline } from './timeline.ts'
import { type TimelinePlan, worthALook } from './timeline-plan.ts'

const countersMax = 400

/** Marks in the plot of latency lead to these. Those without a timeline here can be explained from the history. */
export function requests(
  scenario: ScenarioReport,
  id: string,
  plan: TimelinePlan,
  folder: string | undefined,
): Markup | undefined {
  const shown = worthALook(scenario)
  if (shown.length === 0) return undefined
  const hint = html`<p class="muted" id="${id}-explain">Any other request: <code>${explainCommand(folder, 'REQUEST')}</code> with the name that a mark in the plot gives.</p>`
  return html`<h3>Requests worth a look</h3><ul class="examples">${shown.map((example) => {
    const story = html`<code>${said(example.requestId, 60)}</code> ${said(example.story, 500)}`
    const rows = example.timeline ?? []
    const anchor = requestAnchor(id, example.requestId)
    if (rows.length === 0 || !plan.has(example)) {
      return html`<li id="${anchor}">${story} <span class="muted"><code>${explainCommand(folder, example.requestId)}</code></span></li>`
    }
    return html`<li><details><summary>${story}</summary><div id="${anchor}">${timeline(rows, `Timeline of request ${oneLine(example.requestId, 60)}`)}</div></details></li>`
  })}</ul>${hint}`
}

export function explainCommand(folder: string | undefined, requestId: string): string {
  return `npx shaketable explain ${oneLine(folder ?? 'RUN_FOLDER', 200)} ${oneLine(requestId, 60)}`
}

/** Ids of ours are safe; others are written in numbers. */
export function requestAnchor(id: string, requestId: string): string {
  const safe = requestId.replace(/[^\w-]/g, (char) => `.${char.codePointAt(0)?.toString(16)}`).slice(0, 100)
  return `${id}-r-${safe}`
}

export function logLines({ logLines: lines }: ScenarioReport): Markup | undefined {
  if (lines.length === 0) return undefined
  return html`<h3>Warnings and exits</h3><ul class="log">${lines.map(
    (line) =>
      html`<li><span class="muted">${formatMs(line.atMs)} ${said(line.process, 60)}</span> <strong>${said(line.level, 20)}</strong> <code>${said(line.text, 800)}</code></li>`,
  )}</ul>`
}

export function counters({ counters: changed }: ScenarioReport): Markup | undefined {
  const entries = Object.entries(changed)
  if (entries.length === 0) return undefined
  const more =
    entries.length > countersMax
      ? html`<p class="muted">… ${formatCount(entries.length - countersMax)} more in report.json</p>`
      : undefined
  return html`<details class="data"><summary>Envoy counters that changed (${formatCount(entries.length)})</summary><table class="counters"><thead><tr><th scope="col">Counter</th><th scope="col" class="number">Change</th></tr></thead><tbody>${entries
    .slice(0, countersMax)
    .map(
      ([name, by]) =>
        html`<tr><td><code>${said(name, 200)}</code></td><td class="number">${by > 0 ? '+' : ''}${formatCount(by)}</td></tr>`,
    )}</tbody></table>${more}</details>`
}

export function configChanges({ configChanges: changes }: ScenarioReport): Markup | undefined {
  if (changes.length === 0) return undefined
  return html`<details class="data"><summary>What we changed in the config (${formatCount(changes.length)})</summary><ul>${changes
    .slice(0, 200)
    .map((change) => html`<li><code>${said(change, 400)}</code></li>`)}</ul></details>`
}

export function falseAlarm(scenario: ScenarioReport): Markup | undefined {
  if (scenario.falseAlarm === undefined) return undefined
  const { probability, because } = scenario.falseAlarm
  return html`<p class="muted false-alarm">Chance that this scenario fails although nothing is wrong: <strong>${formatChance(probability)}</strong>. ${said(because, 1000)}</p>`
}
