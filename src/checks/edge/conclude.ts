// Turns what the rules about an edge counted into the conclusion of the check. Fail beats inconclusive; it is inconclusive
// when no request put any promise to the test, or one that the scenario names, or when the machine was too slow for more
// than 5 % of what was judged.

import type { Conclusion } from '../../core/verdict.ts'
import { nothingSeen } from '../finding-list.ts'
import type { Tally } from '../policy/tally.ts'

const lateRatioMax = 0.05

export function conclude(
  verdicts: Tally,
  { requests, skipped }: { readonly requests: number; readonly skipped: number },
  rules: readonly string[] | undefined,
): Conclusion {
  if (requests === 0) return nothingSeen('no request came in by a listener that the config declares', skipped)
  const counts = [...verdicts.counts]
  const late = counts.reduce((sum, [, count]) => sum + count.late, 0)
  const looked = counts.reduce((sum, [, count]) => sum + count.looked, 0)
  const isTooSlow = late / (looked + late) > lateRatioMax
  const found = verdicts.violations(!isTooSlow)
  const findings = verdicts.findings(!isTooSlow)
  const untested = counts.filter(([, count]) => count.looked === 0).map(([name]) => name)
  const doubtful = rules !== undefined && untested.length > 0 ? untested.join(', ') : 'a promise'
  const isUntested = looked + late === 0 || doubtful !== 'a promise'
  const slow = `the machine was too slow to time ${late} of ${looked + late}`
  const doubt = isTooSlow ? slow : isUntested ? `no request puts ${doubtful} to the test` : undefined
  const told = counts.filter(([, count]) => count.looked > 0)
  const list = told.map(([name, { looked: of, violations }]) => `${name} ${of - violations} of ${of}`).join(', ')
  const aside = untested.length === 0 || looked === 0 ? '' : `; not put to the test: ${untested.join(', ')}`
  return {
    verdict: found > 0 ? 'fail' : doubt === undefined ? 'pass' : 'inconclusive',
    summary: `${requests} requests: ${[list, found > 0 ? undefined : doubt].filter(Boolean).join('; ')}${aside}`,
    looked,
    skipped: skipped + late,
    findings,
    ...(found > findings.length ? { moreFindings: found - findings.length } : {}),
    figures: Object.fromEntries(told.map(([name, { looked: of }]) => [`${name}.looked`, of])),
  }
}
