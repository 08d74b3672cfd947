// In which order a person should read a run: what failed first, then what could not be judged, and one line each that says
// why. The order within a verdict is that of the run.

import type { ExpectationReport, RunReport, ScenarioReport } from '../core/report-model.ts'
import { formatMs } from '../core/units.ts'
import type { Finding, Verdict } from '../core/verdict.ts'
import { type Alike, groupAlike } from './alike.ts'
import { formatCount, formatCounted, formatRatio } from './format.ts'
import { ledgerSentence } from './pipeline/headline.ts'

const rank: Readonly<Record<Verdict, number>> = { fail: 0, inconclusive: 1, pass: 2 }

export function worstFirst<T extends { readonly verdict: Verdict }>(judged: readonly T[]): readonly T[] {
  return [...judged].sort((left, right) => rank[left.verdict] - rank[right.verdict])
}

export type Tally = Readonly<Record<Verdict, number>>

export function tally(judged: readonly { readonly verdict: Verdict }[]): Tally {
  const counts = { pass: 0, fail: 0, inconclusive: 0 }
  for (const { verdict } of judged) counts[verdict]++
  return counts
}

/** `2 of 12 scenarios failed, 1 inconclusive, 9 passed` */
export function tallySentence(report: RunReport): string {
  const { pass, fail, inconclusive } = tally(report.scenarios)
  const total = report.scenarios.length
  if (total === 0) return 'No scenario was run'
  if (pass === total) return total === 1 ? 'The scenario passed' : `All ${formatCount(total)} scenarios passed`
  const parts = [
    ...(fail > 0 ? [`${formatCount(fail)} failed`] : []),
    ...(inconclusive > 0 ? [`${formatCount(inconclusive)} inconclusive`] : []),
    ...(pass > 0 ? [`${formatCount(pass)} passed`] : []),
  ]
  return `Of ${formatCounted(total, 'scenario')}: ${parts.join(', ')}`
}

/** Why a scenario has its verdict, in one line. */
export function reasonOf(scenario: ScenarioReport): string {
  const expectation = worstFirst(scenario.expectations)[0]
  if (expectation === undefined) return 'It expects nothing, so nothing was judged.'
  if (scenario.verdict !== 'pass') return `${expectation.check}: ${expectation.summary}`
  const kept =
    scenario.expectations.length === 1
      ? 'Its expectation holds'
      : `All ${scenario.expectations.length} expectations hold`
  if (scenario.pipeline !== undefined) return `${kept}: ${ledgerSentence(scenario.pipeline.ledger)}.`
  const { sent, failed } = scenario.requests
  const failures = failed === 0 ? 'none failed' : `${formatRatio(failed / Math.max(1, sent))} failed`
  return `${kept}: ${formatCounted(sent, 'request')}, ${failures}, p99 ${formatMs(scenario.latency.p99Ms)}.`
}

export interface PlacedFinding {
  readonly scenario: ScenarioReport
  readonly expectation: ExpectationReport
  readonly finding: Finding
}

/** The findings of a run, worst verdict first, one scenario after the other; those that are alike stand together. */
export function findingsOf(report: RunReport): readonly Alike<PlacedFinding>[] {
  const placed = worstFirst(report.scenarios).flatMap((scenario) =>
    worstFirst(scenario.expectations).flatMap((expectation) =>
      expectation.findings.map((finding): PlacedFinding => ({ scenario, expectation, finding })),
    ),
  )
  return groupAlike(
    placed,
    ({ finding }) => finding,
    ({ scenario, expectation }) => `${scenario.name} ${expectation.check}`,
  )
}
