// Rule `keep-alive`: a client's HTTP/1.1 connection is closed when it was idle, old or used for as long as declared, and not
// before. Envoy closes in good order (measured): it lets the next request through and answers it with `connection: close`.
// Only a connection that stays without requests for its drain time (5 s) besides is closed under the client: for a second
// (`delayed_close_timeout`) whatever comes on it is lost without a line in any log, then it is reset. This file judges one
// request of a connection; what shows only beside it is for connection-watch.ts.

import type { DeclaredEdge } from '../../mesh/edge.ts'
import type { Judgement, Violation } from '../policy/rule.ts'
import { configOf, type EdgeAround, type EdgeRequest, inMs, isLateFor, nameOf, slackMsOf } from './rule.ts'

export const keepAlive = {
  name: 'keep-alive',
  about: 'its connection is closed with it earlier or later than declared: by idle time, age or number of requests',
} as const

/** A connection when this request began on it. */
export interface Kept {
  /** This one included. */
  readonly requests: number
  readonly openedMs: number
  /** The end of the request before, or its opening. */
  readonly lastEndMs: number
}

export function judgeKept(request: EdgeRequest, around: EdgeAround, kept: Kept): Judgement {
  const { logged, answered } = request
  const { maxRequests, idleTimeoutMs, maxDurationMs } = around.edge.connections
  if (answered.error !== undefined || request.traffic.request.headers.connection !== undefined) return 'not-asked'
  const idleMs = kept.requests > 1 ? logged.startMs - kept.lastEndMs : 0
  const ageMs = logged.startMs - kept.openedMs
  const found = (message: string, line: string, timed: { readonly timed?: true } = {}): Violation => ({
    message: `${nameOf(request)}, request ${kept.requests} of its connection: ${message}`,
    expected: `closed when ${limitsOf(around.edge)}`,
    observed: `idle for ${inMs(idleMs)}, ${inMs(ageMs)} old, ${saysClose(request) ? 'closed with this answer' : 'kept open'}`,
    ...configOf(around, line),
    ...timed,
  })
  const slackMs = slackMsOf(around)
  const isFull = maxRequests > 0 && kept.requests >= maxRequests
  if (isFull && kept.requests > maxRequests) return found('one too many', 'maxRequests')
  if (saysClose(request)) {
    const wasDue =
      isFull ||
      isOver(idleMs + slackMs, idleTimeoutMs) ||
      isOver(logged.atMs - kept.openedMs + slackMs, maxDurationMs) ||
      // An answer of Envoy's own to a bad or unfinished request closes for its own reasons.
      logged.details !== 'via_upstream'
    if (wasDue) return 'kept'
    return isLateFor(idleTimeoutMs, around) ? 'late' : found('closed too early', firstLimitOf(around), { timed: true })
  }
  if (isFull) return found('kept open', 'maxRequests')
  if (isOver(idleMs - slackMs, idleTimeoutMs)) {
    return isLateFor(idleTimeoutMs, around) ? 'late' : found('kept open', 'idle', { timed: true })
  }
  if (isOver(ageMs - slackMs, maxDurationMs)) {
    return isLateFor(maxDurationMs, around) ? 'late' : found('kept open', 'maxDuration', { timed: true })
  }
  return idleMs > idleTimeoutMs / 4 || maxRequests > 0 || maxDurationMs > 0 ? 'kept' : 'not-asked'
}

/** 0: no limit. */
export const isOver = (ms: number, limitMs: number): boolean => limitMs > 0 && ms > limitMs

export const saysClose = ({ answered }: EdgeRequest): boolean =>
  (answered.headers?.connection ?? '').toLowerCase().includes('close')

function firstLimitOf({ edge }: EdgeAround): string {
  if (edge.connections.maxRequests > 0) return 'maxRequests'
  return edge.connections.maxDurationMs > 0 ? 'maxDuration' : 'idle'
}

export function limitsOf({ connections }: DeclaredEdge): string {
  const { idleTimeoutMs, maxDurationMs, maxRequests } = connections
  const parts = [
    idleTimeoutMs > 0 ? `idle for ${inMs(idleTimeoutMs)}` : '',
    maxDurationMs > 0 ? `${inMs(maxDurationMs)} old` : '',
    maxRequests > 0 ? `${maxRequests} requests` : '',
  ].filter((part) => part !== '')
  return parts.length === 0 ? 'the client wants it' : parts.join(' or ')
}
