// junit.xml for CI systems: a suite a scenario, a case an expectation. JUnit knows no third verdict, so an inconclusive
// expectation is `skipped` and says why; the exit code, not this file, is what stops a build then.

import { formatPlace } from '../core/errors.ts'
import type { ExpectationReport, RunReport, ScenarioReport } from '../core/report-model.ts'
import type { Finding, Verdict } from '../core/verdict.ts'
import { placeOf } from './finding-place.ts'
import { oneLine, plainText, shorten } from './plain-text.ts'
import { reasonOf } from './ranking.ts'
import { textTimeline } from './text-timeline.ts'

const textCharsMax = 20_000

interface Case {
  readonly name: string
  readonly verdict: Verdict
  readonly message: string
  readonly type: string
  readonly text: string
}

export function renderJunit(report: RunReport): string {
  const suites = [
    ...report.scenarios.map((scenario) =>
      suite(scenario.name, scenario.file, casesOf(scenario), scenario.durationMs, report),
    ),
    ...(report.problems.length === 0 ? [] : [suite('run', 'shaketable', problemCases(report), 0, report)]),
  ]
  const cases = [...report.scenarios.flatMap(casesOf), ...problemCases(report)]
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="shaketable" ${totals(cases)} time="${seconds(report.durationMs)}">`,
    ...suites,
    '</testsuites>',
    '',
  ].join('\n')
}

/** A verdict that no single expectation explains gets a case of its own, so that no CI system reads it as passed. */
function casesOf(scenario: ScenarioReport): readonly Case[] {
  const cases = scenario.expectations.map(toCase)
  if (scenario.verdict === 'pass' || cases.some((one) => one.verdict === scenario.verdict)) return cases
  const message = reasonOf(scenario)
  return [...cases, { name: 'scenario', verdict: scenario.verdict, message, type: 'scenario', text: message }]
}

function toCase(expectation: ExpectationReport): Case {
  const more = expectation.moreFindings === undefined ? [] : [`… ${expectation.moreFindings} more findings`]
  return {
    name: expectation.text,
    verdict: expectation.verdict,
    message: expectation.summary,
    type: expectation.check,
    text: [expectation.summary, ...expectation.findings.map(describe), ...more].join('\n\n'),
  }
}

function problemCases(report: RunReport): readonly Case[] {
  const verdict = report.verdict === 'fail' ? 'fail' : 'inconclusive'
  return report.problems.map((problem) => ({ name: 'problem', verdict, message: problem, type: 'run', text: problem }))
}

function describe(finding: Finding): string {
  const place = placeOf(finding)
  return [
    `${finding.rule}: ${finding.message}`,
    ...(finding.requestId === undefined ? [] : [`  request:  ${finding.requestId}`]),
    ...(place === undefined ? [] : [`  object:   ${place}`]),
    ...(finding.expected === undefined ? [] : [`  expected: ${finding.expected}`]),
    ...(finding.observed === undefined ? [] : [`  observed: ${finding.observed}`]),
    ...(finding.config === undefined
      ? []
      : [`  config:   ${formatPlace(finding.config)}: ${finding.config.text.trim()}`]),
    ...textTimeline(finding.timeline ?? []).map((line) => `    ${line}`),
  ].join('\n')
}

function suite(name: string, file: string, cases: readonly Case[], durationMs: number, report: RunReport): string {
  const className = attribute(oneLine(file))
  return [
    `  <testsuite name="${attribute(oneLine(name))}" ${totals(cases)} time="${seconds(durationMs)}" timestamp="${attribute(timestamp(report.startedAt))}">`,
    '    <properties>',
    `      <property name="seed" value="${attribute(oneLine(report.seed))}"/>`,
    `      <property name="replay" value="${attribute(oneLine(report.replay, 2000))}"/>`,
    `      <property name="envoy" value="${attribute(oneLine(report.environment.envoy))}"/>`,
    '    </properties>',
    ...cases.map((one) => testCase(one, className)),
    '  </testsuite>',
  ].join('\n')
}

function testCase(one: Case, className: string): string {
  const open = `    <testcase name="${attribute(oneLine(one.name))}" classname="${className}" time="0"`
  const message = attribute(oneLine(one.message, 1000))
  if (one.verdict === 'pass') return `${open}/>`
  if (one.verdict === 'inconclusive') return `${open}>\n      <skipped message="${message}"/>\n    </testcase>`
  const text = content(shorten(one.text, textCharsMax))
  return `${open}>\n      <failure message="${message}" type="${attribute(oneLine(one.type))}">${text}</failure>\n    </testcase>`
}

function totals(cases: readonly Case[]): string {
  const count = (verdict: Verdict): number => cases.filter((one) => one.verdict === verdict).length
  return `tests="${cases.length}" failures="${count('fail')}" errors="0" skipped="${count('inconclusive')}"`
}

/** The schema's form: no fraction, no zone. */
function timestamp(iso: string): string {
  return /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)/.exec(iso)?.[1] ?? '1970-01-01T00:00:00'
}

function seconds(ms: number): string {
  return Number.isFinite(ms) ? (Math.max(0, ms) / 1000).toFixed(3) : '0.000'
}

function content(text: string): string {
  return plainText(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function attribute(text: string): string {
  return content(text).replaceAll('"', '&quot;').replaceAll('\n', '&#10;').replaceAll('\t', '&#9;')
}
