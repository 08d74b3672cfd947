// Rule `retry-reason`: each retry follows a failure that the route's `retry_on` covers. It looks only at retries that the
// route has room for; more than that is for `attempts`.

import { failureName, isRetriable } from './retriable.ts'
import { configLine, nameOf, type RequestRule } from './rule.ts'

export const retryReason: RequestRule = {
  name: 'retry-reason',
  about: 'a retry follows an outcome that `retry_on` does not cover',
  judge(request, { route }) {
    const { retry } = route
    if (retry === undefined || request.logged.attempts < 2) return 'not-asked'
    const retried = request.attempts.slice(0, Math.min(request.logged.attempts - 1, retry.retries))
    const wrong = retried.find((attempt) => isRetriable(attempt, retry) === 'no')
    if (wrong === undefined) return 'kept'
    return {
      message: `${nameOf(request)} was tried again after ${failureName(wrong)}`,
      expected: `retries on ${retry.on.join(', ')} only`,
      observed: `attempt ${wrong.attempt} ended with ${failureName(wrong)}, attempt ${wrong.attempt + 1} followed`,
      ...configLine(route.lines, 'retryOn', 'route'),
    }
  },
}
