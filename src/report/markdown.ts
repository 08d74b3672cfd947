// summary.md, for a pull request comment or a chat: the verdict first, a narrow table, the worst findings with their
// timelines. It is read on phones, so it stays short; everything else is in the HTML report.

import { formatPlace } from '../core/errors.ts'
import type { RunReport } from '../core/report-model.ts'
import { formatMs } from '../core/units.ts'
import type { Alike } from './alike.ts'
import { changesOf, comparisonNote, comparisonSentence } from './comparison-text.ts'
import { placeOf } from './finding-place.ts'
import { verdictWords } from './format.ts'
import { laneSentences, ledgerSentence } from './pipeline/headline.ts'
import { oneLine, plainText } from './plain-text.ts'
import { findingsOf, type PlacedFinding, reasonOf, tallySentence, worstFirst } from './ranking.ts'
import { textTimeline } from './text-timeline.ts'

const findingsMax = 5
const passedMax = 30
const changesMax = 10
const pipelinesMax = 20
const icons = { pass: '✅', fail: '❌', inconclusive: '❔' } as const

export function renderMarkdown(report: RunReport): string {
  const findings = findingsOf(report)
  return `${[
    `## ${icons[report.verdict]} shaketable ${verdictWords[report.verdict].word}`,
    `${inert(tallySentence(report))}, in ${formatMs(report.durationMs)}.`,
    ...report.problems.map((problem) => `> **Problem:** ${inert(oneLine(problem, 500))}`),
    table(report),
    ...compared(report),
    ...pipelines(report),
    ...(findings.length === 0 ? [] : ['### Findings', ...findings.slice(0, findingsMax).map(section)]),
    ...(findings.length > findingsMax ? [`… and ${findings.length - findingsMax} more in the HTML report.`] : []),
    '### Replay',
    fenced(oneLine(report.replay, 1000)),
    `Seed ${code(report.seed)} · ${toolsOf(report)} · shaketable ${inert(oneLine(report.tool.version))}`,
  ].join('\n\n')}\n`
}

function table(report: RunReport): string {
  const rows = worstFirst(report.scenarios).slice(0, passedMax)
  const more = report.scenarios.length - rows.length
  return [
    '| | Scenario | Why |',
    '|---|---|---|',
    ...rows.map((scenario) =>
      [
        `| ${icons[scenario.verdict]} ${verdictWords[scenario.verdict].word}`,
        inert(oneLine(scenario.name, 80)),
        `${inert(oneLine(reasonOf(scenario), 200))} |`,
      ].join(' | '),
    ),
    ...(more > 0 ? [`| | … and ${more} more | |`] : []),
  ].join('\n')
}

/** What changed since the run before. */
function compared({ comparison, seed }: RunReport): readonly string[] {
  if (comparison === undefined) return []
  const changes = changesOf(comparison)
  const rows = changes
    .slice(0, changesMax)
    .map(({ scenario, what, figures }) => `- **${inert(oneLine(scenario, 80))}**: ${inert(`${what} ${figures}`)}`)
  const more = changes.length - rows.length
  return [
    `### Compared with ${inert(oneLine(comparison.run, 80))}`,
    ...(rows.length === 0 ? [`${inert(comparisonSentence(comparison))}.`] : [rows.join('\n')]),
    ...(more > 0 ? [`… and ${more} more in the HTML report.`] : []),
    `${inert(comparisonNote(comparison, seed))}.`,
  ]
}

/** Of every pipeline that has something to tell: where its lines ended, and how its lanes did. */
function pipelines(report: RunReport): readonly string[] {
  const rows = worstFirst(report.scenarios)
    .slice(0, pipelinesMax)
    .flatMap(({ name, pipeline }) =>
      pipeline === undefined
        ? []
        : [
            `- **${inert(oneLine(name, 80))}**: ${inert(ledgerSentence(pipeline.ledger))}`,
            ...laneSentences(pipeline).map((sentence) => `  - lane ${inert(sentence)}`),
          ],
    )
  return rows.length === 0 ? [] : ['### Where the lines ended', rows.join('\n')]
}

function section({ first, others }: Alike<PlacedFinding>): string {
  const { scenario, finding } = first
  const place = placeOf(finding)
  const lines = [
    ...(finding.expected === undefined ? [] : [`- Expected: ${inert(oneLine(finding.expected, 500))}`]),
    ...(finding.observed === undefined ? [] : [`- Observed: ${inert(oneLine(finding.observed, 500))}`]),
    ...(finding.config === undefined
      ? []
      : [`- Config: ${code(`${formatPlace(finding.config)}: ${finding.config.text.trim()}`)}`]),
    ...(finding.requestId === undefined ? [] : [`- Request: ${code(finding.requestId)}`]),
    ...(place === undefined ? [] : [`- Object: ${code(place)}`]),
  ]
  const timeline = textTimeline(finding.timeline ?? [])
  return [
    `**${inert(oneLine(finding.rule, 80))}** in ${inert(oneLine(scenario.name, 80))}: ${inert(oneLine(finding.message, 500))}`,
    ...(lines.length === 0 ? [] : [lines.join('\n')]),
    ...(timeline.length === 0 ? [] : [fenced(timeline.join('\n'))]),
    ...(others.length === 0 ? [] : [`… and ${others.length} more like it.`]),
  ].join('\n\n')
}

/** Text that must not turn into markup, a mention, a table cell or HTML. It never stands first in a line. */
function inert(text: string): string {
  return plainText(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\\`*_{}[\]()#+!|~]/g, '\\$&')
    .replaceAll('@', '&#64;')
}

/** Inline code; the fence is longer than any run of backticks inside. */
function code(text: string): string {
  const inside = oneLine(text, 300)
  const fence = '`'.repeat(longestTicks(inside) + 1)
  return inside.includes('`') ? `${fence} ${inside} ${fence}` : `${fence}${inside}${fence}`
}

function fenced(text: string): string {
  const fence = '`'.repeat(Math.max(3, longestTicks(text) + 1))
  return `${fence}text\n${plainText(text)}\n${fence}`
}

function longestTicks(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length))
}

/** What was run: `Envoy 1.40.0`, `LocalStack 4.8.1`, or both. */
function toolsOf({ environment: { envoy, localstack } }: RunReport): string {
  const tools = [
    ...(envoy === 'none' ? [] : [`Envoy ${envoy}`]),
    ...(localstack === undefined ? [] : [`LocalStack ${localstack}`]),
  ]
  return inert(oneLine(tools.join(' and ')))
}
