// The last thing a run prints: a table of verdicts, the findings, and the two lines that matter next (how to replay it, where
// the report is). Live progress is in live-progress.ts.

import { createColors } from 'picocolors'
import { formatPlace } from '../core/errors.ts'
import type { RunReport, ScenarioReport } from '../core/report-model.ts'
import { formatMs } from '../core/units.ts'
import type { Verdict } from '../core/verdict.ts'
import type { Alike } from './alike.ts'
import { comparisonSentence } from './comparison-text.ts'
import { placeOf } from './finding-place.ts'
import { formatCount, verdictWords } from './format.ts'
import { failureSentence, headline, laneSentences, ledgerSentence } from './pipeline/headline.ts'
import { oneLine, plainText } from './plain-text.ts'
import { findingsOf, type PlacedFinding, reasonOf, tallySentence, worstFirst } from './ranking.ts'
import { textTimeline } from './text-timeline.ts'

const findingsMax = 10
const nameCharsMax = 44

type Colors = ReturnType<typeof createColors>

export interface ConsoleOptions {
  readonly colour: boolean
  /** Path of the HTML report as a person would type it. */
  readonly htmlPath?: string
  /** Without the line that says how to replay it. */
  readonly compact?: boolean
}

/** Colours only where a person watches and did not forbid them (no-color.org). */
export function wantsColour(
  stream: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  return stream.isTTY === true && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb'
}

export function renderConsole(report: RunReport, options: ConsoleOptions): string {
  const colors = createColors(options.colour)
  const findings = findingsOf(report)
  const blocks = [
    table(report.scenarios, colors),
    ...report.problems.map((problem) => `${colors.yellow('problem')} ${oneLine(problem, 1000)}`),
    ...findings.slice(0, findingsMax).map((alike) => findingBlock(alike, colors)),
    ...(findings.length > findingsMax
      ? [`… and ${findings.length - findingsMax} more kinds of findings in the report`]
      : []),
    [
      `${badge(report.verdict, colors)}  ${tallySentence(report)}, in ${formatMs(report.durationMs)}`,
      ...(options.compact === true ? [] : [`replay  ${oneLine(report.replay, 2000)}   (seed ${oneLine(report.seed)})`]),
      ...(report.comparison === undefined
        ? []
        : [`compared with ${oneLine(report.comparison.run)}: ${oneLine(comparisonSentence(report.comparison), 500)}`]),
      ...(options.htmlPath === undefined ? [] : [`report  ${plainText(options.htmlPath)}`]),
    ].join('\n'),
  ]
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`
}

function table(scenarios: readonly ScenarioReport[], colors: Colors): string {
  const width = Math.max(0, ...scenarios.map((scenario) => oneLine(scenario.name, nameCharsMax).length))
  return worstFirst(scenarios)
    .map((scenario) => {
      const name = oneLine(scenario.name, nameCharsMax).padEnd(width)
      const reason = scenario.verdict === 'pass' ? '' : `\n    ${oneLine(reasonOf(scenario), 200)}`
      return `${badge(scenario.verdict, colors)}  ${name}  ${colors.dim(figures(scenario))}${reason}${pipelineLines(scenario, colors)}`
    })
    .join('\n')
}

function figures({ requests, latency, pipeline }: ScenarioReport): string {
  if (pipeline === undefined) {
    return `${formatCount(requests.sent).padStart(7)} req  p99 ${formatMs(latency.p99Ms).padStart(7)}`
  }
  return `${formatCount(pipeline.ledger.lines).padStart(5)} lines  p99 ${formatMs(headline(pipeline).p99Ms).padStart(7)}`
}

/** Where the lines ended, how the lanes did, and what failed. */
function pipelineLines({ pipeline, verdict }: ScenarioReport, colors: Colors): string {
  if (pipeline === undefined) return ''
  const failures = failureSentence(pipeline)
  const [example] = pipeline.examples
  const told = [
    ['ledger', ledgerSentence(pipeline.ledger)],
    ...laneSentences(pipeline).map((sentence) => ['lane', sentence]),
    ...(failures === undefined ? [] : [['failed', failures]]),
    ...(verdict === 'pass' || example === undefined ? [] : [['witness', `${example.object}: ${example.story}`]]),
  ] as const
  return told.map(([label = '', text = '']) => `\n    ${colors.dim(label.padEnd(8))} ${oneLine(text, 200)}`).join('')
}

function findingBlock({ first, others }: Alike<PlacedFinding>, colors: Colors): string {
  const { scenario, finding } = first
  const line = (label: string, text: string | undefined): readonly string[] =>
    text === undefined ? [] : [`  ${colors.dim(label.padEnd(8))} ${oneLine(text, 500)}`]
  return [
    `${colors.bold(oneLine(finding.rule))} in ${oneLine(scenario.name)}`,
    `  ${oneLine(finding.message, 500)}`,
    ...line('expected', finding.expected),
    ...line('observed', finding.observed),
    ...line('config', finding.config && `${formatPlace(finding.config)}: ${finding.config.text.trim()}`),
    ...line('request', finding.requestId),
    ...line('object', placeOf(finding)),
    ...textTimeline(finding.timeline ?? []).map((row) => `    ${row}`),
    ...(others.length === 0 ? [] : [`  ${colors.dim(`… and ${others.length} more like it in the report`)}`]),
  ].join('\n')
}

function badge(verdict: Verdict, colors: Colors): string {
  const { word, sign } = verdictWords[verdict]
  const paint = { pass: colors.green, fail: colors.red, inconclusive: colors.yellow }[verdict]
  return paint(`${sign} ${word}`.padEnd(14))
}
