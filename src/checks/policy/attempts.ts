// Rule `attempts`: a request is tried once, and again at most as often as its route allows. Whether each retry had a reason
// is for `retry-reason`, whether one is missing for `retry-missing`.

import { configLine, nameOf, type RequestRule } from './rule.ts'

export const attempts: RequestRule = {
  name: 'attempts',
  about: 'it is tried more often than its route allows',
  judge(request, { route }) {
    if (request.logged.attempts === 0) return 'not-asked'
    const allowed = attemptsAllowed(route.retry?.retries)
    if (request.logged.attempts <= allowed) return 'kept'
    const why =
      route.retry === undefined ? 'its route declares no retry' : `its route declares ${route.retry.retries} retries`
    return {
      message: `${nameOf(request)} was tried ${request.logged.attempts} times, but ${why}`,
      expected: allowed === 1 ? '1 attempt' : `at most ${allowed} attempts`,
      observed: `${request.logged.attempts} attempts`,
      ...(route.retry === undefined
        ? configLine(route.lines, 'method', 'route')
        : configLine(route.lines, 'retries', 'route')),
    }
  },
}

export function attemptsAllowed(retries: number | undefined): number {
  return 1 + (retries ?? 0)
}
