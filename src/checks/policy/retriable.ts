// What counts as which failure, and which `retry_on` conditions cover it: ENVOY.md section 3, measured on 1.40.0, as a
// table. `maybe` stands for what the log lines cannot tell apart (a header); no rule accuses on a maybe.

import { grpcStatusText } from '../../core/grpc-status.ts'
import type { AttemptLogged, RequestLogged } from '../../core/history.ts'
import type { DeclaredRoute } from '../../mesh/policy.ts'
import { coversGrpc, failedInHeaders } from './grpc-outcome.ts'

export type Failure =
  | 'none'
  | 'overflow'
  | 'per-try-timeout'
  | 'connect-failure'
  | 'closed'
  | 'broken-answer'
  | 'upstream-reset'
  /** HTTP/2's REFUSED_STREAM. */
  | 'refused-stream'
  | 'status'
  /** Cut from this side: by the route timeout, an idle timeout or the client. */
  | 'cut'

export function failureOf(attempt: AttemptLogged): Failure {
  const has = (flag: string) => attempt.flags.includes(flag)
  if (has('UO')) return 'overflow'
  // Once a head has come, only its status decides about a retry.
  if (attempt.code > 0) return isFailureStatus(attempt.code) ? 'status' : 'none'
  if (has('UT')) return 'per-try-timeout'
  if (has('UF')) return 'connect-failure'
  if (has('UC')) return 'closed'
  if (has('UPE')) return 'broken-answer'
  if (has('UR') && attempt.details.includes('remote_refused_stream_reset')) return 'refused-stream'
  if (has('UR') || has('LR')) return 'upstream-reset'
  return 'cut'
}

function isFailureStatus(code: number): boolean {
  return code >= 500 || code === 409 || code === 429
}

const resets = ['5xx', 'gateway-error', 'reset'] as const

const conditions: Readonly<Record<Exclude<Failure, 'status' | 'none' | 'overflow' | 'cut'>, readonly string[]>> = {
  'per-try-timeout': resets,
  'connect-failure': [...resets, 'connect-failure', 'reset-before-request'],
  'refused-stream': [...resets, 'refused-stream'],
  closed: resets,
  'broken-answer': resets,
  'upstream-reset': resets,
}

/** Conditions that look at what the log does not hold; each covers only the codes given, or any. */
const invisible: Readonly<Record<string, (attempt: AttemptLogged) => boolean>> = {
  // Only what ended the request has details.
  'refused-stream': (attempt) => failureOf(attempt) === 'upstream-reset' && attempt.details === '',
  // Where a connection was ready, the request was on it at once.
  'reset-before-request': (attempt) => attempt.code === 0 && attempt.readyMs === undefined,
  'envoy-ratelimited': (attempt) => attempt.code === 429,
  'retriable-headers': (attempt) => attempt.code > 0,
}

type Retried = Pick<NonNullable<DeclaredRoute['retry']>, 'on' | 'statusCodes'>

/** Is this attempt's outcome retried under this policy? */
export function isRetriable(attempt: AttemptLogged, { on: retryOn, statusCodes }: Retried): 'yes' | 'no' | 'maybe' {
  const failure = failureOf(attempt)
  if (failure === 'overflow' || failure === 'cut') return 'no'
  if (failure === 'status' ? coversStatus(attempt.code, retryOn) : failure !== 'none' && covers(failure, retryOn)) {
    return 'yes'
  }
  if (coversGrpc(attempt, retryOn)) return 'yes'
  if (retryOn.includes('retriable-status-codes') && statusCodes?.includes(attempt.code)) return 'yes'
  return retryOn.some((condition) => invisible[condition]?.(attempt) ?? false) ? 'maybe' : 'no'
}

function covers(failure: keyof typeof conditions, retryOn: readonly string[]): boolean {
  return conditions[failure].some((condition) => retryOn.includes(condition))
}

function coversStatus(code: number, retryOn: readonly string[]): boolean {
  if (code >= 500 && retryOn.includes('5xx')) return true
  if (code >= 502 && code <= 504 && retryOn.includes('gateway-error')) return true
  return code === 409 && retryOn.includes('retriable-4xx')
}

/** `503`, `connect-failure`, ... for messages. */
export function failureName(attempt: AttemptLogged): string {
  const failure = failureOf(attempt)
  const { grpcStatus } = attempt
  if (failure === 'none' && grpcStatus !== undefined && grpcStatus > 0) return grpcStatusText(grpcStatus)
  return failure === 'status' || failure === 'none' ? String(attempt.code) : failure.replaceAll('-', ' ')
}

/**
 * The last failure was going to be tried again, but the route timeout fired or the client left in the back-off, or no
 * host was healthy for it.
 */
export function endedInBackOff(request: {
  readonly logged: RequestLogged
  readonly attempts: readonly AttemptLogged[]
}): boolean {
  const { attempts, logged } = request
  const last = attempts.at(-1)
  if (last === undefined) return false
  if (logged.flags.includes('UH')) return true
  const interrupted = logged.details === 'response_timeout' || logged.flags.includes('DC')
  const failure = failureOf(last)
  // It came whole, and yet was not handed on.
  if (interrupted && failedInHeaders(last)) return true
  // A body that was cut keeps the code of its head.
  return interrupted && failure !== 'cut' && failure !== 'none' && (last.code === 0 || logged.code !== last.code)
}
