// A made-up comparison for the sample report: one verdict changed, one latency rose, one scenario is new.

import type { RunComparison } from '../core/report-comparison.ts'

const all = (hits: number, trials: number) => ({ hits, trials })

export const sampleComparison: RunComparison = {
  run: '2026-03-14T08-50-11-7b1d9c04',
  path: '../2026-03-14T08-50-11-7b1d9c04',
  startedAt: '2026-03-14T08:50:11.120Z',
  seed: '7b1d9c04',
  verdict: 'pass',
  scenarios: [
    {
      name: 'retries-mask-trivial-errors',
      verdict: { before: 'pass', now: 'pass' },
      success: { before: all(900, 900), now: all(900, 900), differs: false },
      repeated: { before: all(41, 900), now: all(44, 900), differs: false },
      attemptsPerRequest: { before: 1.0489, now: 1.0522 },
      latency: {
        p50: { beforeMs: 4, nowMs: 4.1 },
        p99: { beforeMs: 58, nowMs: 61 },
        samples: { before: 900, now: 900 },
      },
      findingsNew: [],
      findingsGone: [],
    },
    {
      name: 'post-is-never-retried',
      verdict: { before: 'pass', now: 'fail' },
      success: { before: all(899, 900), now: all(867, 900), differs: true },
      repeated: { before: all(0, 900), now: all(28, 900), differs: true },
      attemptsPerRequest: { before: 1, now: 1.0356 },
      latency: {
        p50: { beforeMs: 4.4, nowMs: 4.6 },
        p99: { beforeMs: 31, nowMs: 840 },
        samples: { before: 900, now: 900 },
      },
      findingsNew: [
        {
          rule: 'retry-reason',
          message: 'POST /users was retried after a 503, but its route declares no retry policy.',
        },
      ],
      findingsGone: [{ rule: 'latency', message: 'p99 is 31 ms, expected <= 30 ms' }],
    },
  ],
  onlyNow: ['outlier-ejection-and-return'],
  onlyBefore: [],
}
