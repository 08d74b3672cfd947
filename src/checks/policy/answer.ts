// Rule `answer`: the client gets what the Envoy under test decided, that is the outcome of the last attempt, and for a
// reason that the declared policy knows. A mesh that answers by itself (an abort filter, a duration limit, an empty
// cluster) is caught here. Whether the reason came at the right time or number is for the other rules.

import { grpcStatusText } from '../../core/grpc-status.ts'
import type { AttemptLogged, RequestLogged } from '../../core/history.ts'
import { attemptsAllowed } from './attempts.ts'
import { hasCode } from './grpc-outcome.ts'
import { isRetriable } from './retriable.ts'
import { type Around, configLine, nameOf, type RequestRule, type WholeRequest } from './rule.ts'

export const answer: RequestRule = {
  name: 'answer',
  about: 'the client gets something else than the outcome of the last attempt',
  judge(request, around) {
    const problem = reasonProblem(request, around) ?? clientProblem(request) ?? exhaustedProblem(request, around)
    if (problem === undefined) return 'kept'
    return {
      message: `${nameOf(request)} was not answered with the outcome of its last attempt`,
      ...problem,
      ...configLine(around.route.lines, 'route'),
    }
  },
}

type Problem = { readonly expected: string; readonly observed: string }

function reasonProblem({ logged, attempts }: WholeRequest, around: Around): Problem | undefined {
  const last = attempts.at(-1)
  // That it answered with the right status is what told that this route was taken.
  if (around.route.answers !== undefined || endedByTime(logged, around)) return undefined
  const observed = `${codeText(logged.code, logged.grpcStatus)} ${logged.flags.join(',')} (${logged.details})`
  const idle = attempts.find((attempt) => attempt.flags.includes('SI'))
  if (idle !== undefined && around.route.idleTimeoutMs === undefined) {
    return { expected: 'no idle timeout', observed: `attempt ${idle.attempt} was cut by an idle timeout` }
  }
  if (logged.flags.includes('DC')) return undefined
  if (logged.details === 'no_healthy_upstream') {
    if (around.hosts === 0 || around.endpointsPushed || around.cluster?.unmodelled !== undefined) return undefined
    return { expected: `an attempt at one of ${around.hosts} hosts`, observed }
  }
  if (last === undefined) return { expected: 'an attempt at an upstream host', observed }
  const expected = expectedEnding(logged, last)
  return expected === undefined ? undefined : { expected, observed }
}

/** By a declared limit of streams that no rule times. */
function endedByTime({ details }: RequestLogged, { route }: Around): boolean {
  if (details.includes('idle_timeout')) return route.idleTimeoutMs !== undefined
  return route.streamMaxMs !== undefined && /max_(stream_)?duration/.test(details)
}

/** What the final line should have been; nothing when it is right. */
function expectedEnding(logged: RequestLogged, last: AttemptLogged): string | undefined {
  const { details, code } = logged
  if (details === 'response_timeout') return hasCode(logged, 504) || code === last.code ? undefined : '504'
  if (details === 'via_upstream') {
    if (logged.grpcStatus !== last.grpcStatus) {
      return `${last.grpcStatus === undefined ? 'no grpc-status' : grpcStatusText(last.grpcStatus)} of attempt ${last.attempt}`
    }
    return code === last.code ? undefined : `${last.code === 0 ? 'no answer' : last.code} of attempt ${last.attempt}`
  }
  if (details === 'upstream_per_try_timeout') {
    return hasCode(logged, 504) && last.flags.includes('UT') ? undefined : `the outcome of attempt ${last.attempt}`
  }
  if (details.startsWith('upstream_reset_before_response_started')) {
    const expected = last.flags.includes('UPE') ? 502 : 503
    const fits = last.code === 0 && last.flags.some((flag) => logged.flags.includes(flag))
    return hasCode(logged, expected) && fits ? undefined : `${expected} and the flags of attempt ${last.attempt}`
  }
  if (details.startsWith('upstream_reset_after_response_started')) {
    return code === last.code && last.flags.length > 0 ? undefined : `the cut answer of attempt ${last.attempt}`
  }
  return 'an ending that the declared policy knows'
}

function clientProblem({ logged, answered }: WholeRequest): Problem | undefined {
  // A client that gave up, or left, saw less than Envoy decided.
  if (logged.flags.includes('DC') || answered.error === 'timeout') return undefined
  if (answered.error === undefined) {
    // A client makes a grpc-status of an HTTP status that came without one.
    const sameCall = logged.grpcStatus === undefined || logged.grpcStatus === answered.grpcStatus
    if (answered.status === logged.code && sameCall) return undefined
    return {
      expected: `${codeText(logged.code, logged.grpcStatus)}, as Envoy logged`,
      observed: `the client got ${codeText(answered.status ?? 'no status', answered.grpcStatus)}`,
    }
  }
  const cut =
    logged.details.startsWith('upstream_reset_after_response_started') || logged.details === 'response_timeout'
  if (cut) return undefined
  return { expected: `${logged.code}, as Envoy logged`, observed: `the client saw ${answered.error}` }
}

function codeText(code: number | string, grpcStatus: number | undefined): string {
  return grpcStatus === undefined ? String(code) : `${code} with ${grpcStatusText(grpcStatus)}`
}

/** `URX` says that retries ran out: it must stand there when all were used up on failures that are retried. */
function exhaustedProblem({ logged, attempts }: WholeRequest, { route }: Around): Problem | undefined {
  const { retry } = route
  if (retry === undefined || retry.retries === 0 || logged.attempts !== attemptsAllowed(retry.retries)) return undefined
  const ended = logged.details === 'response_timeout' || ['DC', 'UO', 'UH'].some((flag) => logged.flags.includes(flag))
  if (ended || attempts.some((attempt) => isRetriable(attempt, retry) !== 'yes')) return undefined
  if (logged.flags.includes('URX')) return undefined
  return { expected: 'the flag URX, retries ran out', observed: `flags ${logged.flags.join(',') || 'none'}` }
}
