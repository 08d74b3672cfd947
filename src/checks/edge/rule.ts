// What it takes to be a rule about an edge: a pure question about one request and what its listener declares. What needs
// several requests of a connection is connection-watch.ts. Judgements are those of the policy oracle.

import type { AttemptLogged, AttemptSeen, RequestAnswered, RequestLogged, RequestSent } from '../../core/history.ts'
import type { TrafficRecord } from '../../core/scenario-record.ts'
import type { ConfigLine } from '../../core/verdict.ts'
import type { DeclaredEdge } from '../../mesh/edge.ts'
import type { DeclaredListener, DeclaredRoute } from '../../mesh/policy.ts'
import type { Judgement } from '../policy/rule.ts'

export interface EdgeRequest {
  readonly sent: RequestSent
  readonly answered: RequestAnswered
  readonly logged: RequestLogged
  readonly attempts: readonly AttemptLogged[]
  readonly seen: readonly AttemptSeen[]
  readonly traffic: TrafficRecord
}

export interface EdgeAround {
  readonly listener: DeclaredListener
  readonly edge: DeclaredEdge
  /** Every route that it may have taken; `undefined` stands for none. */
  readonly routes: readonly (DeclaredRoute | undefined)[]
  readonly tickMs: number
  /** How late the machine may have been: 10 ms at least. */
  readonly latenessMs: number
}

export interface EdgeRule {
  readonly name: string
  /** One sentence that completes "A request violates the edge's promises when ...". */
  readonly about: string
  judge(request: EdgeRequest, around: EdgeAround): Judgement
}

export const isHttp2 = ({ traffic }: EdgeRequest): boolean =>
  traffic.protocol === 'HTTP/2' || traffic.request.grpc !== undefined

/** `POST shop/upload` */
export const nameOf = ({ sent }: EdgeRequest): string => `${sent.method} ${sent.host}${sent.path}`

export function configOf({ edge }: EdgeAround, key: string): { readonly config?: ConfigLine } {
  const config = edge.lines[key]
  return config === undefined ? {} : { config }
}

/** `413 (request_payload_too_large)` */
export const outcomeOf = ({ logged }: EdgeRequest): string => `${logged.code} (${logged.details})`

export const tookMs = ({ logged }: EdgeRequest): number => logged.atMs - logged.startMs

export const inMs = (ms: number): string => `${Math.round(ms)} ms`

/** A timer may seem so much early or late: its own tick, and twice what the machine was late around the request. */
export const slackMsOf = ({ latenessMs, tickMs }: Pick<EdgeAround, 'latenessMs' | 'tickMs'>): number =>
  2 * latenessMs + tickMs

/** Too late for a timer to be judged: its slack is more than half of it. */
export const isLateFor = (timerMs: number, { latenessMs }: Pick<EdgeAround, 'latenessMs'>): boolean =>
  timerMs > 0 && latenessMs > timerMs / 4
