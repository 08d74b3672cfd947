// From what the history says about a request to what rules about an edge are asked with: the request as a whole, and what
// the listener that it came in by declares. What Envoy never heard of is told apart from what cannot be judged.

import type { RequestAnswered, RequestSent } from '../../core/history.ts'
import type { MeshScenario } from '../../core/scenario-record.ts'
import { listenerOf } from '../../mesh/match-route.ts'
import { type DeclaredListener, type DeclaredPolicy, possibleRoutes } from '../../mesh/policy.ts'
import type { MachineLag } from '../policy/lateness.ts'
import type { Trace } from '../policy/rule.ts'
import type { EdgeAround, EdgeRequest } from './rule.ts'

export function requestOf(trace: Trace, { traffic }: MeshScenario): EdgeRequest | undefined {
  const [[sent], [answered], [logged]] = [trace.sent, trace.answered, trace.logged]
  const planned = sent && traffic[sent.traffic]
  if (sent === undefined || answered === undefined || logged === undefined || planned === undefined) return undefined
  return { sent, answered, logged, attempts: trace.attempts, seen: trace.seen, traffic: planned }
}

/** For drawing it. */
export function traceOf({ sent, answered, logged, attempts, seen }: EdgeRequest): Trace {
  return { id: sent.id, fromMs: sent.atMs, sent: [sent], answered: [answered], logged: [logged], attempts, seen }
}

/** Its HTTP/1.1 connection was reset, and nothing but its client knows of it. */
export function lostOf(
  trace: Trace,
  { traffic }: MeshScenario,
  policy: DeclaredPolicy,
): { readonly sent: RequestSent; readonly answered: RequestAnswered; readonly listener: DeclaredListener } | undefined {
  const [[sent], [answered]] = [trace.sent, trace.answered]
  const lines = trace.logged.length + trace.attempts.length + trace.seen.length
  if (sent === undefined || answered?.error !== 'reset' || lines > 0) return undefined
  const { protocol, request } = traffic[sent.traffic] ?? {}
  const listener = listenerOf(policy, request?.listener)
  if (listener === undefined || protocol === 'HTTP/2' || request?.grpc !== undefined) return undefined
  return { sent, answered, listener }
}

export function latenessOf(sent: RequestSent, endMs: number, lag: MachineLag): number {
  return Math.max(lag.worstMs(sent.atMs, endMs), sent.atMs - sent.intendedMs)
}

/** Nothing where the config does not declare the listener. */
export function aroundOf(
  { sent, logged, traffic }: EdgeRequest,
  policy: DeclaredPolicy,
  lag: MachineLag,
  tickMs: number,
): EdgeAround | undefined {
  const listener = listenerOf(policy, logged.listener ?? traffic.request.listener)
  if (listener?.edge === undefined) return undefined
  const { host, method, path } = sent
  return {
    listener,
    edge: listener.edge,
    routes: possibleRoutes(policy, { host, method, path, headers: traffic.request.headers, listener: listener.name }),
    tickMs,
    latenessMs: latenessOf(sent, logged.atMs, lag),
  }
}
