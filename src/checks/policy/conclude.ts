// Turns what the rules counted into the conclusion of the check. Fail beats inconclusive; it is inconclusive when no
// request could be examined, when the machine was too slow for more than 5 % of the timed ones (then nothing that rests on
// durations alone counts) or for all that a rule had to judge, or when Envoy's counters could not be compared.

import type { Conclusion, Verdict } from '../../core/verdict.ts'
import type { DeclaredPolicy } from '../../mesh/policy.ts'
import { type CounterMismatch, counters } from './counters.ts'
import type { Seen } from './judge-request.ts'
import { configLine } from './rule.ts'
import type { RuleCount, Tally } from './tally.ts'

const lateRatioMax = 0.05

export function conclude(given: {
  readonly verdicts: Tally
  readonly seen: Seen
  readonly compared: { readonly compared: number; readonly wrong: readonly CounterMismatch[] } | undefined
  readonly policyAt: (atMs: number) => DeclaredPolicy
}): Conclusion {
  const { verdicts, seen, compared, policyAt } = given
  reportCounters(verdicts, compared, policyAt(Number.POSITIVE_INFINITY))
  const slow = isTooSlow(seen)
  const found = verdicts.violations(!slow)
  const doubt = doubtAbout(given)
  const verdict: Verdict = found > 0 ? 'fail' : doubt === undefined ? 'pass' : 'inconclusive'
  const findings = verdicts.findings(!slow)
  return {
    verdict,
    summary: summaryOf(verdict, seen, verdicts, doubt),
    looked: seen.requests + seen.broken,
    skipped: seen.late + seen.unproven + seen.pushed + seen.unfinished + seen.unmodelled,
    findings,
    ...(found > findings.length ? { moreFindings: found - findings.length } : {}),
    figures: figuresOf(seen, verdicts),
  }
}

function reportCounters(
  { report }: Tally,
  compared: { readonly compared: number; readonly wrong: readonly CounterMismatch[] } | undefined,
  policy: DeclaredPolicy,
): void {
  if (compared === undefined) return
  for (let index = compared.wrong.length; index < compared.compared; index++) report(counters.name, 'kept')
  for (const { stat, expected, observed, cluster } of compared.wrong) {
    const lines = policy.clusters.find((one) => one.name === cluster)?.lines
    report(counters.name, {
      message: `Envoy's counter ${stat} grew by ${observed}, the history says ${expected}`,
      expected,
      observed: String(observed),
      ...configLine(lines, 'cluster'),
    })
  }
}

function doubtAbout({ verdicts, seen, compared }: Parameters<typeof conclude>[0]): string | undefined {
  if (seen.requests + seen.broken === 0) return 'no request could be examined'
  const lost = seen.late + seen.unproven
  if (seen.timed > 0 && lost / seen.timed > lateRatioMax) {
    return `the machine was too slow to time ${lost} of ${seen.timed} requests`
  }
  if (seen.unfinished > 0) return `${seen.unfinished} requests were under way when the history stopped`
  if (seen.requests === seen.pushed) return 'every request met a config push'
  if (seen.requests === seen.pushed + seen.unmodelled) return `no request could be judged: ${reasonsOf(seen)}`
  const unasked = [...verdicts.counts].filter(([, { looked, late }]) => looked === 0 && late > 0)
  if (unasked.length > 0)
    return `the machine was too slow to judge ${unasked.map(([rule]) => rule).join(', ')} even once`
  if (verdicts.counts.has(counters.name) && compared === undefined) return "Envoy's counters could not be compared"
  return undefined
}

function isTooSlow({ timed, late }: Seen): boolean {
  return timed > 0 && late / timed > lateRatioMax
}

function summaryOf(verdict: Verdict, seen: Seen, verdicts: Tally, doubt: string | undefined): string {
  const looked = `${seen.requests + seen.broken} requests with ${seen.attempts} attempts`
  const lost = seen.late + seen.unproven
  const late = lost > 0 ? `; ${lost} too late for timed rules` : ''
  const pushed = seen.pushed > 0 ? `; ${seen.pushed} met a config push` : ''
  const unknown = seen.reasons.size > 0 ? `; not judged: ${reasonsOf(seen)}` : ''
  const aside = `${late}${pushed}${unknown}`
  if (verdict === 'pass') return `${looked} obey the declared policy (${verdicts.counts.size} rules)${aside}`
  if (verdict === 'inconclusive') return `${looked}: ${doubt}${pushed}`
  const counted = (count: RuleCount) => count.violations - (isTooSlow(seen) ? count.timed : 0)
  const rules = [...verdicts.counts].filter(([, count]) => counted(count) > 0)
  const list = rules.map(([name, count]) => `${name} ${counted(count)}`).join(', ')
  return `${looked}, ${verdicts.violations(!isTooSlow(seen))} violations: ${list}${aside}`
}

const reasonsMax = 3

/** What the policy model does not know, the most frequent first. */
function reasonsOf({ reasons }: Seen): string {
  const sorted = [...reasons].sort(([, left], [, right]) => right - left)
  const told = sorted.slice(0, reasonsMax).map(([why, count]) => `${count} requests (${why})`)
  return [...told, ...(sorted.length > reasonsMax ? [`${sorted.length - reasonsMax} other reasons`] : [])].join(', ')
}

function figuresOf(seen: Seen, { counts }: Tally): Readonly<Record<string, number>> {
  const { reasons: _, ...numbers } = seen
  const figures: Record<string, number> = { ...numbers }
  for (const [name, { looked, late, violations }] of counts) {
    figures[`${name}.looked`] = looked
    if (late > 0) figures[`${name}.late`] = late
    if (violations > 0) figures[`${name}.violations`] = violations
  }
  return figures
}
