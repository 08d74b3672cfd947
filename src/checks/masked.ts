// masked: how many failures of first attempts stand behind one failure that a user saw. "ratio >= 20" is the same
// statement as "at most one in twenty of the requests whose first attempt failed also failed in the end", and is proven or
// disproven by the exact 99.9 % bound of that share; so no failure at all still gives a finite, proven ratio.

import { z } from 'zod'
import type { CheckKind } from '../core/check.ts'
import type { AttemptLogged } from '../core/history.ts'
import type { Conclusion } from '../core/verdict.ts'
import { type Comparison, comparison, numberComparison, parseComparison } from '../stats/comparison.ts'
import { judgeRatio, requestsNeeded } from '../stats/ratio-verdict.ts'
import { findingList, nothingSeen } from './finding-list.ts'
import { followRequests, outcome } from './finished-requests.ts'

const atLeast = numberComparison.refine((text) => {
  const { operator, value } = parseComparison(text, 'number') ?? {}
  return operator === undefined || (operator === '>=' && value !== undefined && value > 1)
}, 'a comparison by >= with a number above 1, such as ">= 20"')

const schema = z.strictObject({ ratio: atLeast })

type Masked = z.output<typeof schema>

export const masked: CheckKind<Masked> = {
  name: 'masked',
  about:
    'Requests whose first attempt failed, for each request that failed for its user, proven by an exact 99.9 % bound.',
  schema,
  unprovable(config, requests) {
    const needed = requestsNeeded(shareOf(config))
    return requests >= needed
      ? undefined
      : `ratio ${config.ratio} takes at least ${needed} failing first attempts to prove`
  },
  start(config) {
    const share = shareOf(config)
    const unmasked = findingList()
    let firstFailed = 0
    const requests = followRequests({}, ({ sent, answered, ok }) => {
      if (ok) return
      const message = `${sent.method} ${sent.host}${sent.path} failed for its user: ${outcome(answered)}`
      unmasked.add({ rule: 'masked', message, observed: outcome(answered), requestId: sent.id })
    })
    return {
      observe(event) {
        requests.observe(event)
        if (event.kind === 'attempt-logged' && event.attempt === 1 && hasFailed(event)) firstFailed++
      },
      conclude(): Conclusion {
        const looked = requests.looked()
        if (looked === 0) return nothingSeen('no request was answered', requests.skipped())
        if (firstFailed === 0) return nothingSeen('no first attempt failed, so there was nothing to mask')
        // Failures without a failed attempt (overflow, no route) count against the ratio, but a share ends at 1.
        const failed = Math.min(unmasked.count(), firstFailed)
        const { verdict, upper, lower, needed } = judgeRatio(share, failed, firstFailed)
        const more =
          verdict === 'inconclusive' && needed !== undefined
            ? `; about ${needed} failing first attempts would tell`
            : ''
        return {
          verdict,
          summary: `${firstFailed} first attempts failed and ${unmasked.count()} requests: true ratio ${bounds(lower, upper)}, expected ${config.ratio}${more}`,
          looked,
          skipped: requests.skipped(),
          ...(verdict === 'fail' ? unmasked.told() : { findings: [] }),
          figures: { firstFailedCount: firstFailed, failedCount: unmasked.count(), ratioAtLeast: 1 / upper },
        }
      },
    }
  },
}

function hasFailed({ code, grpcStatus = 0 }: AttemptLogged): boolean {
  return code === 0 || code >= 500 || grpcStatus > 0
}

/** A ratio of at least R is a share of at most 1/R. */
function shareOf({ ratio }: Masked): Comparison {
  return { operator: '<=', value: 1 / comparison(ratio, 'number').value, text: ratio }
}

function bounds(lowerShare: number, upperShare: number): string {
  const least = (1 / upperShare).toFixed(1)
  return lowerShare === 0 ? `at least ${least}` : `within ${least} to ${(1 / lowerShare).toFixed(1)}`
}
