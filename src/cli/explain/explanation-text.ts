// An explanation for a person at a terminal: plain text, one part after the other, nothing that is empty.

import type { PlannedFault } from '../../core/history.ts'
import { formatMs } from '../../core/units.ts'
import type { Finding } from '../../core/verdict.ts'
import { oneLine } from '../../report/plain-text.ts'
import { textTimeline } from '../../report/text-timeline.ts'
import { declaredText, nearPlace } from './declared-text.ts'
import type {
  ExplainedAttempt,
  ExplainedFlag,
  ExplainedObject,
  ExplainedRequest,
  Explanation,
  RuleAnswer,
} from './explanation.ts'

export function explanationText(explanation: Explanation): string {
  const parts = explanation.kind === 'request' ? requestParts(explanation) : objectParts(explanation)
  const shown = parts.filter(({ lines }) => lines.length > 0)
  return `${shown.map(({ title, lines }) => [title, ...lines.map((line) => `  ${line}`)].join('\n')).join('\n\n')}\n`
}

interface Part {
  readonly title: string
  readonly lines: readonly string[]
}

function requestParts(request: ExplainedRequest): readonly Part[] {
  const { id, method, host, path, scenario } = request
  const title = `${id}: ${oneLine(`${method} ${host}${path}`, 200)} in ${scenario.name} (${scenario.file}, ${scenario.verdict})`
  return [
    { title, lines: answerLines(request) },
    { title: 'timeline', lines: textTimeline(request.timeline) },
    { title: 'planned for it by the seed', lines: request.plan.map((one) => planLine(one, request.attempts.length)) },
    { title: 'tries', lines: request.attempts.flatMap(attemptLines) },
    { title: 'declared', lines: declaredText(request) },
    { title: rulesTitle(request), lines: ruleLines(request.rules) },
    { title: 'findings that name it', lines: request.findings.flatMap(findingLines) },
  ]
}

function answerLines({ answer, envoy }: ExplainedRequest): readonly string[] {
  const { status, grpcStatus, error, detail, latencyMs } = answer
  const grpc = grpcStatus === undefined ? '' : `, grpc-status ${grpcStatus}`
  const outcome = error ?? (status === undefined ? 'nothing' : `${status}${grpc}`)
  const after = latencyMs === undefined ? '' : ` after ${formatMs(latencyMs)}`
  const client = `the client got ${outcome}${detail === undefined ? '' : ` (${oneLine(detail, 100)})`}${after}`
  if (envoy === undefined) return [client, 'Envoy logged nothing of it']
  const to = envoy.cluster === '' ? 'no cluster' : `cluster ${envoy.cluster}`
  const by = envoy.listener === undefined ? '' : `, by listener ${envoy.listener}`
  return [
    client,
    `Envoy logged ${envoy.code}, ${to}, ${envoy.attempts} ${envoy.attempts === 1 ? 'try' : 'tries'}${by}`,
    ...meaningLines(envoy),
  ]
}

function meaningLines(one: {
  readonly flags: readonly ExplainedFlag[]
  readonly details: string
  readonly detailWords?: string
}): readonly string[] {
  return [
    ...(one.details === '' || one.details === '-'
      ? []
      : [`details ${one.details}${one.detailWords === undefined ? '' : `: ${one.detailWords}`}`]),
    ...one.flags.map(({ flag, words }) => `flag ${flag}: ${words}`),
  ]
}

function planLine(planned: PlannedFault, tries: number): string {
  const { attempt, fault, target, host, status, grpcStatus, delayMs, kibPerSecond } = planned
  const what = [
    ...(delayMs === undefined ? [] : [`${formatMs(delayMs)} late`]),
    ...(status === undefined ? [] : [`answered ${status}`]),
    ...(grpcStatus === undefined ? [] : [`answered grpc-status ${grpcStatus}`]),
    ...(kibPerSecond === undefined ? [] : [`at ${kibPerSecond} KiB/s`]),
  ]
  const where = host === undefined ? target : `host ${host} of ${target}`
  return `try ${attempt}: ${what.join(', ') || 'met'} at ${where} (fault ${fault})${attempt > tries ? ', but there was no such try' : ''}`
}

function attemptLines(attempt: ExplainedAttempt): readonly string[] {
  const { startMs, durationMs, code, grpcStatus, host, failureReason, upstream } = attempt
  const grpc = grpcStatus === undefined ? '' : `, grpc-status ${grpcStatus}`
  const at = host === '' ? 'no host' : host
  const head = `${attempt.attempt}: ${code === 0 ? 'no answer' : code}${grpc} from ${at}, begun at ${formatMs(startMs)}, took ${formatMs(durationMs)}`
  const injected = (upstream?.flags ?? []).map(({ flag, words }) => `${flag} (${words})`).join(', ')
  const there =
    upstream === undefined
      ? 'it never came to the upstream side'
      : `at the upstream side: ${upstream.code === 0 ? 'no answer' : upstream.code}${injected === '' ? '' : `, ${injected}`}`
  const because = failureReason === undefined ? [] : [`reason ${oneLine(failureReason, 120)}`]
  return [head, ...[...meaningLines(attempt), ...because, there].map((line) => `   ${line}`)]
}

function rulesTitle({ isPolicyExpected, isPushed }: ExplainedRequest): string {
  if (isPushed) return 'rules (a config push was under way: it is judged by neither version)'
  return isPolicyExpected ? 'rules' : 'rules (this scenario does not expect policy; they were asked for you)'
}

function ruleLines(rules: readonly RuleAnswer[]): readonly string[] {
  const named = (said: RuleAnswer['said']) => rules.filter((one) => one.said === said).map(({ rule }) => rule)
  const line = (word: string, names: readonly string[]) => (names.length === 0 ? [] : [`${word}: ${names.join(', ')}`])
  return [
    ...rules.filter(({ said }) => said === 'violated').flatMap(violationLines),
    ...line('kept', named('kept')),
    ...line('too late on this machine to tell', named('late')),
    ...line('not asked', named('not asked')),
    ...line('switched off', named('switched off')),
    'asked of all requests together: breakers, ejection, counters; what they found stands below',
  ]
}

type Said = Pick<Finding, 'rule' | 'expected' | 'observed' | 'config'> & { readonly message?: string }

function violationLines({ rule, message, expected, observed, config }: Said): readonly string[] {
  return [
    `VIOLATED ${rule}: ${oneLine(message ?? '')}`,
    ...(expected === undefined ? [] : [`  expected ${oneLine(expected)}`]),
    ...(observed === undefined ? [] : [`  observed ${oneLine(observed)}`]),
    ...(config === undefined ? [] : [`  ${nearPlace(config)}: ${oneLine(config.text, 120)}`]),
  ]
}

function findingLines(finding: Finding): readonly string[] {
  const [first = '', ...rest] = violationLines(finding)
  return [first.replace(/^VIOLATED /, ''), ...rest]
}

function objectParts(told: ExplainedObject): readonly Part[] {
  const { object, line, scenario, lines, fates, sentence } = told
  const what = line === undefined ? object : `line ${line} of ${object}`
  const ends = Object.entries(fates).map(([fate, count]) => `${count} ${fate}`)
  return [
    {
      title: `${what} in ${scenario.name} (${scenario.file}, ${scenario.verdict})`,
      lines: [
        oneLine(sentence, 2000),
        ...(line === undefined ? [`of ${lines} lines: ${ends.join(', ') || 'none'}`] : []),
      ],
    },
    { title: 'timeline', lines: textTimeline(told.timeline) },
    { title: 'findings that name it', lines: told.findings.flatMap(findingLines) },
  ]
}
