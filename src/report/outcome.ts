// What counts as a success, a failure and an answer in the figures of a report. One place, so that no two charts of a
// report disagree. It says the same as the checks `success` and `latency`, which may not be imported from here.

import { grpcStatusText } from '../core/grpc-status.ts'
import type { AttemptLogged, AttemptSeen, RequestAnswered } from '../core/history.ts'

export interface Answer {
  readonly status?: number | undefined
  readonly grpcStatus?: number | undefined
  readonly error?: RequestAnswered['error'] | undefined
}

/**
 * A whole answer with a status below 500, as the `success` check has it: a client's own mistake is answered too. Of a gRPC
 * call only OK will do.
 */
export function succeeded({ error, status, grpcStatus = 0 }: Answer): boolean {
  return error === undefined && status !== undefined && status < 500 && grpcStatus === 0
}

/** The key of `byOutcome`: the status, that of gRPC where there is one, or the client's error. */
export function outcomeOf(answer: Answer): string {
  if (answer.error === undefined && answer.grpcStatus !== undefined) return grpcStatusText(answer.grpcStatus)
  return answer.error ?? (answer.status === undefined ? 'no answer' : String(answer.status))
}

/**
 * Time until the client knew. A request that never left, or that we interrupted, tells nothing about the mesh; one that
 * timed out does, and leaving it out would flatter the percentiles.
 */
export function hasLatency(answer: Answer): boolean {
  return answer.error !== 'not-sent' && answer.error !== 'interrupted'
}

/** One try of the router, as the Envoy under test logged it and as the fault hop saw it. At least one is there. */
export interface Attempt {
  readonly attempt: number
  readonly logged?: AttemptLogged
  readonly seen?: AttemptSeen
}

/** Without an answer, or with one of the 5xx or a grpc-status. The egress's own view goes first: it knows of timeouts. */
export function attemptFailed({ logged, seen }: Attempt): boolean {
  const { code, grpcStatus = 0 } = logged ?? seen ?? { code: 0 }
  return code === 0 || code >= 500 || grpcStatus > 0
}
