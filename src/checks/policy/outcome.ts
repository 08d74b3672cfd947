// What outlier detection makes of an attempt, as measured on 1.40.0 with `split_external_local_origin_errors` off: every
// 5xx (of a gRPC call: what its status in the headers stands for), timeout, reset and connect failure counts, retried ones too; an overflow and a client that left do not. An answer
// is counted when its head arrives, everything else when it happens.

import type { AttemptLogged, RequestLogged } from '../../core/history.ts'
import { countedCode } from './grpc-outcome.ts'

export interface Outcome {
  readonly atMs: number
  /** `unsure`: the log cannot tell whether it was counted. */
  readonly five: 'bad' | 'good' | 'unsure'
  /** The same for gateway failures: 502, 503, 504 and what never became an answer. */
  readonly gateway: 'bad' | 'good' | 'unsure'
}

/** Outcomes of one attempt in order: none, one, or two when an answer was cut after its head. */
export function outcomesOf(attempt: AttemptLogged, logged: RequestLogged, isLast: boolean): readonly Outcome[] {
  const { flags, code, atMs } = attempt
  if (attempt.host === '' || flags.includes('UO')) return []
  const bad = { atMs, five: 'bad', gateway: 'bad' } as const
  if (code > 0) {
    const counted = countedCode(attempt)
    const five = counted >= 500 ? 'bad' : 'good'
    const gateway = counted >= 502 && counted <= 504 ? 'bad' : 'good'
    const head = { atMs: attempt.headMs ?? atMs, five, gateway } as const
    return flags.some((flag) => flag === 'UC' || flag === 'UPE' || flag === 'UR') ? [head, bad] : [head]
  }
  if (['UT', 'UF', 'UC', 'UPE', 'UR', 'LR'].some((flag) => flags.includes(flag))) return [bad]
  if (flags.length > 0) return [{ atMs, five: 'unsure', gateway: 'unsure' }]
  // Cut without a flag: by the route timeout, which counts, or by the client, which does not.
  if (!isLast || logged.details !== 'response_timeout') return []
  if (attempt.readyMs === undefined) return [{ atMs, five: 'unsure', gateway: 'unsure' }]
  return [bad]
}
