// Puts the page together: one file, no request to anywhere, and a policy that would stop any. Sections are rendered worst
// first, each as full as what is left of three megabytes allows.

import { createHash } from 'node:crypto'
import type { RunReport } from '../../core/report-model.ts'
import { formatCounted, verdictWords } from '../format.ts'
import { worstFirst } from '../ranking.ts'
import { banner } from './banner.ts'
import { comparisonSection } from './comparison.ts'
import { html, type Markup, verbatim, write } from './markup.ts'
import { type ListedScenario, overview } from './overview.ts'
import { type Detail, scenarioSection } from './scenario-section.ts'
import { script } from './script.ts'
import { style } from './style.ts'
import { planTimelines, type TimelinePlan } from './timeline-plan.ts'

export const pageBytesMax = 3_000_000
const details: readonly Detail[] = ['full', 'text', 'verdict']
/** A level of detail that did not fit this often is not tried again: rendering what is thrown away takes time. */
const misfitsMax = 5

/** `folder`: of the run, as a person would type it in a command. */
export function renderHtml(report: RunReport, folder?: string): string {
  const plan = planTimelines(report)
  const all = worstFirst(
    report.scenarios.map((scenario, index) => ({ verdict: scenario.verdict, scenario, id: `s${index + 1}` })),
  )
  const frameBytes = bytes(page(report, [], [], all.length))
  const listed = whatFits(all, plan, pageBytesMax - frameBytes)
  const leftBytes = pageBytesMax - frameBytes - bytes(overview(listed))
  return `<!doctype html>\n${write(page(report, listed, sections(listed, plan, leftBytes, folder), all.length - listed.length))}\n`
}

function page(report: RunReport, listed: readonly ListedScenario[], shown: readonly Markup[], more: number): Markup {
  return html`<html lang="en">${head(report)}<body><main>${banner(report)}${overview(listed)}${comparisonSection(report)}${shown}${
    more > 0 ? html`<p class="muted">${formatCounted(more, 'more scenario')} in report.json.</p>` : undefined
  }<footer><p>Made by shaketable ${report.tool.version.slice(0, 40)}. The whole history of this run is in history.ndjson beside this file; <code>shaketable judge</code> judges it again.</p></footer></main><script>${verbatim(script)}</script></body></html>`
}

/** As many scenarios as can at least be listed with their verdict. */
function whatFits(all: readonly ListedScenario[], plan: TimelinePlan, bytesMax: number): readonly ListedScenario[] {
  let sum = 0
  const end = all.findIndex((one) => {
    sum += bytes(overview([one])) + bytes(scenarioSection(one.scenario, one.id, plan, 'verdict'))
    return sum > bytesMax
  })
  return end < 0 ? all : all.slice(0, end)
}

/** Every section gets at least its verdict; what is richer must fit with the verdicts of those that follow. */
function sections(
  listed: readonly ListedScenario[],
  plan: TimelinePlan,
  bytesMax: number,
  folder: string | undefined,
): readonly Markup[] {
  const smallest = listed.map(({ scenario, id }) => bytes(scenarioSection(scenario, id, plan, 'verdict')))
  let left = bytesMax - smallest.reduce((sum, size) => sum + size, 0)
  const misfits = new Map<Detail, number>()
  return listed.map(({ scenario, id }, index) => {
    const spare = left + (smallest[index] ?? 0)
    for (const detail of details) {
      if ((misfits.get(detail) ?? 0) >= misfitsMax) continue
      const section = scenarioSection(scenario, id, plan, detail, folder)
      const size = bytes(section)
      if (size <= spare) {
        left = spare - size
        return section
      }
      misfits.set(detail, (misfits.get(detail) ?? 0) + 1)
    }
    return html``
  })
}

function head(report: RunReport): Markup {
  const hash = createHash('sha256').update(script).digest('base64')
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash}'; img-src data:; base-uri 'none'; form-action 'none'`
  return html`<head><meta charset="utf-8"/><meta http-equiv="Content-Security-Policy" content="${policy}"/><meta name="viewport" content="width=device-width, initial-scale=1"/><meta name="referrer" content="no-referrer"/><link rel="icon" href="data:,"/><title>${verdictWords[report.verdict].word}: shaketable report</title><style>${verbatim(style)}</style></head>`
}

function bytes(markup: Markup): number {
  return Buffer.byteLength(write(markup))
}
