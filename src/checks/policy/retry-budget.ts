// How many retries a retry budget allows at a moment: a share of all attempts to the cluster that run or wait then, and
// never less than its minimum. An attempt that begins or ends around that moment may count or not, so there are two
// answers.

import type { DeclaredCluster } from '../../mesh/policy.ts'
import type { WholeRequest } from './rule.ts'

export interface RetryBudget {
  admit(request: WholeRequest): void
  /** At most so many retries are allowed, and at least. */
  limitAt(atMs: number, side: 'most' | 'least', budget: Budget): number
  forget(beforeMs: number): void
}

type Budget = NonNullable<DeclaredCluster['breakers']['retryBudget']>

/** No attempt that is still of interest has ended so long ago. */
const keptMs = 1000

export function retryBudget(marginMs: number): RetryBudget {
  let attempts: { readonly fromMs: number; readonly toMs: number }[] = []
  let forgottenMs = Number.NEGATIVE_INFINITY
  return {
    admit(request) {
      for (const { startMs, atMs } of request.attempts) attempts.push({ fromMs: startMs, toMs: atMs })
    },
    limitAt(atMs, side, { percent, minConcurrency }) {
      const widthMs = side === 'most' ? 2 * marginMs : -2 * marginMs
      const active = attempts.filter(({ fromMs, toMs }) => fromMs - widthMs <= atMs && toMs + widthMs >= atMs).length
      return Math.max(minConcurrency, Math.floor((percent * active) / 100))
    },
    forget(beforeMs) {
      if (beforeMs < forgottenMs + keptMs) return
      forgottenMs = beforeMs
      attempts = attempts.filter(({ toMs }) => toMs >= beforeMs - keptMs)
    },
  }
}
