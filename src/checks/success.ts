// success: the ratio of requests that were served, that is, whole answers with a status below 500. Proven or disproven by
// exact 99.9 % bounds; a sample that only looks good is inconclusive. `failures` counts instead.

import { z } from 'zod'
import type { CheckKind } from '../core/check.ts'
import type { Conclusion } from '../core/verdict.ts'
import { comparison, ratioComparison } from '../stats/comparison.ts'
import { judgeRatio, type RatioVerdict, requestsNeeded } from '../stats/ratio-verdict.ts'
import { findingList, nothingSeen } from './finding-list.ts'
import { followRequests, notServed } from './finished-requests.ts'
import { requestFilterFields } from './request-filter.ts'

const schema = z.union([ratioComparison, z.strictObject({ ratio: ratioComparison, ...requestFilterFields })])

type Success = z.output<typeof schema>

export const success: CheckKind<Success> = {
  name: 'success',
  about: 'Ratio of requests that got a whole answer with a status below 500, proven by an exact 99.9 % bound.',
  schema,
  unprovable(config, requests) {
    const expectation = comparison(typeof config === 'string' ? config : config.ratio, 'number')
    const needed = requestsNeeded(expectation)
    return requests >= needed ? undefined : `${expectation.text} takes at least ${needed} requests to prove`
  },
  start(config) {
    const { ratio, ...filter } = typeof config === 'string' ? { ratio: config } : config
    const expectation = comparison(ratio, 'number')
    const failures = findingList()
    let hits = 0
    const requests = followRequests(filter, (request) => {
      if (request.ok) hits++
      else failures.add(notServed('success', request))
    })
    return {
      observe: requests.observe,
      conclude(): Conclusion {
        const looked = requests.looked()
        if (looked === 0) return nothingSeen('no request was answered', requests.skipped())
        const judged = judgeRatio(expectation, hits, looked)
        return {
          verdict: judged.verdict,
          summary: `${hits} of ${looked} requests served (${percent(hits / looked)}); ${ratioText(judged, expectation.text)}`,
          looked,
          skipped: requests.skipped(),
          ...(judged.verdict === 'fail' ? failures.told() : { findings: [] }),
          figures: { observedRatio: hits / looked, lowerRatio: judged.lower, upperRatio: judged.upper },
        }
      },
    }
  },
}

/** Says what the bounds make of an expectation such as `>= 0.99`. */
function ratioText({ verdict, lower, upper, needed }: RatioVerdict, expected: string): string {
  const bounds = `true ratio within ${percent(lower)} to ${percent(upper)}`
  if (verdict === 'pass') return `${expected} is proven: ${bounds}`
  if (verdict === 'fail') return `${expected} is disproven: ${bounds}`
  const more = needed === undefined ? 'too close to the threshold to tell' : `about ${needed} requests would tell`
  return `${expected} is neither proven nor disproven: ${bounds}; ${more}`
}

function percent(ratio: number): string {
  return `${Number((ratio * 100).toFixed(3))} %`
}
