// amplification: attempts per request, as the Envoy under test counts them in its access log. It is the exact figure of
// this run, without an interval. Requests that never got to a host (overflow, no route) count as no attempt.

import { z } from 'zod'
import type { CheckKind } from '../core/check.ts'
import type { Conclusion } from '../core/verdict.ts'
import { comparison, holds, numberComparison } from '../stats/comparison.ts'
import { findingList, nothingSeen } from './finding-list.ts'

const schema = z.union([numberComparison, z.strictObject({ ratio: numberComparison })])
/** Below this share of logged requests the figure could be anything. */
const loggedShareMin = 0.95

type Amplification = z.output<typeof schema>

export const amplification: CheckKind<Amplification> = {
  name: 'amplification',
  about: 'Attempts per request in this run, from the access log of the Envoy under test.',
  schema,
  start(config) {
    const expectation = comparison(typeof config === 'string' ? config : config.ratio, 'number')
    const repeated = findingList()
    let sent = 0
    let logged = 0
    let attempts = 0
    let mostAttempts = 0
    return {
      observe(event) {
        if (event.kind === 'request-sent') sent++
        if (event.kind !== 'request-logged') return
        logged++
        attempts += event.attempts
        if (event.attempts <= mostAttempts) return
        mostAttempts = event.attempts
        if (event.attempts < 2) return
        const message = `${event.attempts} attempts for one request`
        repeated.add({ rule: 'amplification', message, observed: `${event.attempts}`, requestId: event.id })
      },
      conclude(): Conclusion {
        if (logged === 0) return nothingSeen('no request stands in the access log of the Envoy under test', sent)
        const ratio = attempts / logged
        const ok = holds(expectation, ratio)
        const skipped = Math.max(0, sent - logged)
        const figures = { attemptsPerRequest: ratio, attemptsMost: mostAttempts }
        const summary = `${attempts} attempts for ${logged} requests: ${ratio.toFixed(3)} each, expected ${expectation.text}`
        if (logged < sent * loggedShareMin) {
          const why = `only ${logged} of ${sent} requests stand in the access log; ${summary}`
          return { verdict: 'inconclusive', summary: why, looked: logged, skipped, findings: [], figures }
        }
        const told =
          repeated.count() > 0 ? repeated.told() : { findings: [{ rule: 'amplification', message: summary }] }
        return {
          verdict: ok ? 'pass' : 'fail',
          summary,
          looked: logged,
          skipped,
          ...(ok ? { findings: [] } : told),
          figures,
        }
      },
    }
  },
}
