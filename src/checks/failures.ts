// failures: how many requests of this run were not served, counted exactly and without any interval. It says something
// about this run only; `success` is for what holds beyond it.

import { z } from 'zod'
import type { CheckKind } from '../core/check.ts'
import type { Conclusion } from '../core/verdict.ts'
import { comparison, holds, numberComparison } from '../stats/comparison.ts'
import { findingList, nothingSeen } from './finding-list.ts'
import { followRequests, notServed } from './finished-requests.ts'
import { requestFilterFields } from './request-filter.ts'

const schema = z.union([numberComparison, z.strictObject({ count: numberComparison, ...requestFilterFields })])

type Failures = z.output<typeof schema>

export const failures: CheckKind<Failures> = {
  name: 'failures',
  about: 'Number of requests in this run that got no whole answer with a status below 500.',
  schema,
  start(config) {
    const { count, ...filter } = typeof config === 'string' ? { count: config } : config
    const expectation = comparison(count, 'number')
    const found = findingList()
    const requests = followRequests(filter, (request) => {
      if (!request.ok) found.add(notServed('failures', request))
    })
    return {
      observe: requests.observe,
      conclude(): Conclusion {
        const looked = requests.looked()
        if (looked === 0) return nothingSeen('no request was answered', requests.skipped())
        const ok = holds(expectation, found.count())
        return {
          verdict: ok ? 'pass' : 'fail',
          summary: `${found.count()} of ${looked} requests failed, expected ${expectation.text}`,
          looked,
          skipped: requests.skipped(),
          ...(ok ? { findings: [] } : tell(found, expectation.text)),
          figures: { failedCount: found.count() },
        }
      },
    }
  },
}

/** Too few failures leave no request to point at. */
function tell(found: ReturnType<typeof findingList>, expected: string): Pick<Conclusion, 'findings' | 'moreFindings'> {
  if (found.count() > 0) return found.told()
  return { findings: [{ rule: 'failures', message: 'no request failed', expected, observed: '0' }] }
}
