// Arbitrary comparisons of runs for property tests of the reporters.

import fc from 'fast-check'
import type { RunComparison } from '../core/report-comparison.ts'
import type { Verdict } from '../core/verdict.ts'

export function arbitraryComparison(
  text: fc.Arbitrary<string>,
  verdict: fc.Arbitrary<Verdict>,
  count: fc.Arbitrary<number>,
  ms: fc.Arbitrary<number>,
): fc.Arbitrary<RunComparison> {
  const hits = fc.record({ hits: count, trials: count })
  const ratio = fc.record({ before: hits, now: hits, differs: fc.boolean() })
  const percentile = fc.record({ beforeMs: ms, nowMs: ms })
  const findings = fc.array(fc.record({ rule: text, message: text }), { maxLength: 3 })
  const scenario = fc.record(
    {
      name: text,
      verdict: fc.record({ before: verdict, now: verdict }),
      success: ratio,
      repeated: ratio,
      attemptsPerRequest: fc.record({ before: ms, now: ms }),
      latency: fc.record({ p50: percentile, p99: percentile, samples: fc.record({ before: count, now: count }) }),
      findingsNew: findings,
      findingsGone: findings,
    },
    {
      requiredKeys: ['name', 'verdict', 'success', 'repeated', 'findingsNew', 'findingsGone'],
      noNullPrototype: true,
    },
  )
  return fc.record({
    run: text,
    path: text,
    startedAt: text,
    seed: text,
    verdict,
    scenarios: fc.array(scenario, { maxLength: 3 }),
    onlyNow: fc.array(text, { maxLength: 2 }),
    onlyBefore: fc.array(text, { maxLength: 2 }),
  })
}
