// Rule `complete`: each request has exactly one answer and one line in the access log of the Envoy under test, and both
// sides of the wire tell of the same attempts. It says nothing about whether those attempts were allowed. All other rules
// are asked about whole requests only.

import type { AttemptLogged, AttemptSeen, ConnectionClosed, RequestLogged } from '../../core/history.ts'
import { attemptLinesOf, mustBeSeen } from './open-requests.ts'
import type { RelayFaults } from './relay-faults.ts'
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

/** @param metBy the end of an attempt's connection, where that met a fault at the relay */
export function wholeness(trace: Trace, metBy: RelayFaults['metBy'] = () => undefined): Wholeness {
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
  const atRelay = new Map<number, ConnectionClosed>()
  for (const attempt of attempts) {
    const met = metBy(attempt)
    if (met !== undefined) atRelay.set(attempt.attempt, met)
  }
  const observed = attemptsMismatch(attempts, seen, attemptLinesOf(logged), atRelay)
  if (observed !== undefined) return broken(trace, 'every attempt once in each log', observed)
  const detailed = withDetails(attempts, logged, atRelay)
  return { kind: 'whole', request: { id: trace.id, sent, answered, logged, attempts: detailed, seen, atRelay } }
}

/**
 * Envoy tells the details of a reset once, for the request; they are those of its last attempt. What the relay did to the
 * connections of the others is known from there.
 */
function withDetails(
  attempts: readonly AttemptLogged[],
  { details }: RequestLogged,
  atRelay: ReadonlyMap<number, ConnectionClosed>,
): readonly AttemptLogged[] {
  return attempts.map((attempt, index) => {
    if (attempt.details !== '' || attempt.code > 0) return attempt
    if (index === attempts.length - 1) return details.startsWith('upstream_reset_') ? { ...attempt, details } : attempt
    const { what } = atRelay.get(attempt.attempt) ?? {}
    return what === 'stream refused' ? { ...attempt, details: 'remote_refused_stream_reset' } : attempt
  })
}

function attemptsMismatch(
  attempts: readonly AttemptLogged[],
  seen: readonly AttemptSeen[],
  lines: number,
  atRelay: ReadonlyMap<number, ConnectionClosed>,
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
    if (times === 0 && mustBeSeen(attempt) && !atRelay.has(attempt.attempt))
      return `attempt ${attempt.attempt} never reached the upstream side`
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
