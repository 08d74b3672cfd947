// Rule `retry-missing`: a failure that `retry_on` covers is tried again while retries are left. It is not asked when the
// log line says why there could be none: the route timeout fired, the client left, a breaker was full, or no host was
// healthy. Those reasons have rules of their own.

import { attemptsAllowed } from './attempts.ts'
import { failureName, isRetriable } from './retriable.ts'
import { configLine, nameOf, type RequestRule } from './rule.ts'

/** Envoy keeps at most this much of a request's body, and cannot repeat a longer one. */
const bodyKeptBytes = 1_048_576

export const retryMissing: RequestRule = {
  name: 'retry-missing',
  about: 'a failure that `retry_on` covers is not tried again although retries are left',
  judge(request, { route }) {
    const { logged, sent } = request
    const { retry } = route
    const last = request.attempts.at(-1)
    if (route.retry === undefined || last === undefined) return 'not-asked'
    const excused =
      logged.details === 'response_timeout' || ['DC', 'UO', 'UH'].some((flag) => logged.flags.includes(flag))
    if (excused || sent.bodyBytes > (route.retry.bodyKeptBytes ?? bodyKeptBytes)) return 'not-asked'
    const allowed = attemptsAllowed(route.retry.retries)
    const failed = request.attempts.some((attempt) => retry !== undefined && isRetriable(attempt, retry) === 'yes')
    if (!failed) return 'not-asked'
    if (logged.attempts >= allowed || isRetriable(last, route.retry) !== 'yes') return 'kept'
    return {
      message: `${nameOf(request)} was given up after ${failureName(last)} although ${allowed - logged.attempts} retries were left`,
      expected: `up to ${allowed} attempts on ${route.retry.on.join(', ')}`,
      observed: `${logged.attempts} attempts, the last ended with ${failureName(last)}`,
      ...(logged.flags.includes('URX')
        ? configLine(route.lines, 'retries', 'retryOn', 'route')
        : configLine(route.lines, 'retryOn', 'route')),
    }
  },
}
