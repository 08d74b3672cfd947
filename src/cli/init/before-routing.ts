// What a listener's own filters may do to a plain request before its route is chosen, and what can be expected then. Filters
// are told by the names that everybody gives them.

import type { DeclaredListener } from '../../mesh/policy.ts'

export interface BeforeRouting {
  /** In words: a sentence goes on with it after "because". */
  readonly why: string
  /** The policy can be held against requests; else none could be judged, or perhaps none. */
  readonly isJudged: boolean
  /** Requests get an answer that is no failure of the server's. */
  readonly isServed: boolean
}

/** They let a plain request pass. */
const quiet = /(^|[._])(cors|buffer|csrf|health_check)$/
/** They let it pass at the low rate of a first scenario. */
const patient = /(^|[._])(local_ratelimit|ratelimit|rate_limit_quota|admission_control|adaptive_concurrency)$/
/** They break requests on purpose. */
const harmful = /(^|[._])fault$/

export function beforeRouting(listener: DeclaredListener | undefined, isGrpc: boolean): BeforeRouting | undefined {
  if (listener === undefined) return undefined
  if (listener.unmodelled !== undefined) return { why: listener.unmodelled, isJudged: false, isServed: true }
  const answering = listener.answeredBy?.filter((name) => !quiet.test(name)) ?? []
  if (answering.length === 0) return undefined
  const why = `${answering.join(' and ')} may answer requests`
  if (answering.some((name) => harmful.test(name))) return { why, isJudged: true, isServed: false }
  // A refusal is an answer below 500, but a gRPC call that is refused has failed.
  const isPatient = answering.every((name) => patient.test(name))
  return { why, isJudged: isPatient, isServed: isPatient || !isGrpc }
}
