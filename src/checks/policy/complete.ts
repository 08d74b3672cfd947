// Rule `complete`: each request has exactly one answer and one line in the access log of the Envoy under test, and both
// sides of the wire tell of the same attempts. It says nothing about whether those attempts were allowed. All other rules
// are asked about whole requests only.

import type { AttemptLogged, AttemptSeen } from '../../core/history.ts'
import { attemptLinesOf, mustBeSeen } from './open-requests.ts'
import type { Trace, Violation, WholeRequest } from './rule.ts'

export const complete = {
  name: 'complete',
  about: 'its history is not whole: an answer, a log line or an attempt is missing, doubled or made behind the back',
} as const

export type Wholeness =
  | { readonly kind: 'whole'; readonly request: WholeRequest }
  /** The client gave up before the Envoy under test heard of it. */
  | { readonly kind: 'unheard' }
  /** The run was interrupted in its middle. */
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'broken'; readonly violation: Violation }

export function wholeness(trace: Trace): Wholeness {
  const [sent, ...sentAgain] = trace.sent
  const [answered, ...answeredAgain] = trace.answered
  const [logged, ...loggedAgain] = trace.logged
  if (answered?.error === 'interrupted') return { kind: 'interrupted' }
  if (sent === undefined) return broken(trace, 'the client sent it once', 'not sent, or its history had ended already')
  if (answered === undefined) return broken(trace, 'one answer, or the client gives up', 'no answer')
  if (sentAgain.length > 0) return broken(trace, 'sent once', `sent ${trace.sent.length} times`)
  if (answeredAgain.length > 0) return broken(trace, 'one answer', `${trace.answered.length} answers`)
  if (logged === undefined) {
    const nothing = trace.attempts.length === 0 && trace.seen.length === 0
    if (nothing && answered.error !== undefined && answered.error !== 'truncated') return { kind: 'unheard' }
    return broken(trace, 'one access log line', 'none')
  }
  if (loggedAgain.length > 0) return broken(trace, 'one access log line', `${trace.logged.length} lines`)

  const attempts = trace.attempts.toSorted((left, right) => left.attempt - right.attempt)
  const seen = trace.seen.toSorted((left, right) => left.attempt - right.attempt)
  const observed = attemptsMismatch(attempts, seen, attemptLinesOf(logged))
  if (observed !== undefined) return broken(trace, 'every attempt once in each log', observed)
  return { kind: 'whole', request: { id: trace.id, sent, answered, logged, attempts, seen } }
}

function attemptsMismatch(
  attempts: readonly AttemptLogged[],
  seen: readonly AttemptSeen[],
  lines: number,
): string | undefined {
  const extra = seen.find((one) => !attempts.some((attempt) => attempt.attempt === one.attempt))
  if (extra !== undefined) {
    return `attempt ${extra.attempt} reached the upstream side, but the Envoy under test logged ${attempts.length}`
  }
  if (attempts.length !== lines) {
    return `${attempts.length} attempts in the upstream log, ${lines} in the access log`
  }
  const gap = attempts.findIndex((attempt, index) => attempt.attempt !== index + 1)
  if (gap >= 0) return `attempt numbers ${attempts.map((attempt) => attempt.attempt).join(', ')}`
  for (const attempt of attempts) {
    const times = seen.filter((one) => one.attempt === attempt.attempt).length
    if (times > 1) return `attempt ${attempt.attempt} reached the upstream side ${times} times`
    if (times === 0 && mustBeSeen(attempt)) return `attempt ${attempt.attempt} never reached the upstream side`
    if (times === 1 && attempt.readyMs === undefined) {
      return `attempt ${attempt.attempt} reached the upstream side without a connection`
    }
  }
  return undefined
}

function broken(trace: Trace, expected: string, observed: string): Wholeness {
  const sent = trace.sent[0]
  const seen = trace.seen[0]
  const what =
    sent !== undefined
      ? `${sent.method} ${sent.host}${sent.path}`
      : seen !== undefined
        ? `${seen.method} ${seen.authority}${seen.path}`
        : 'a request'
  const again = sent !== undefined && (trace.seen.length > 1 || trace.attempts.length > 1) ? ` (tried again)` : ''
  return { kind: 'broken', violation: { message: `${what}${again}: ${observed}`, expected, observed } }
}
