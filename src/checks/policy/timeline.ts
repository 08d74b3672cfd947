// Draws one request as rows: the client, each attempt, the waits for a connection and the back-offs between attempts. It
// takes whatever is known, so that a request whose history is broken can be drawn as well.

import { grpcStatusText } from '../../core/grpc-status.ts'
import type { AttemptLogged, RequestLogged } from '../../core/history.ts'
import type { TimelineRow } from '../../core/verdict.ts'
import type { Trace, WholeRequest } from './rule.ts'

const rowsMax = 60
/** Shorter waits are the connection pool's own work. */
const waitWorthARowMs = 1

export function timelineOf(trace: Trace): readonly TimelineRow[] {
  const [logged] = trace.logged
  const attempts = trace.attempts.toSorted((left, right) => left.startMs - right.startMs)
  const rows = [...clientRow(trace)]
  for (const [index, attempt] of attempts.entries()) {
    const previous = attempts[index - 1]
    if (previous !== undefined && attempt.startMs > previous.atMs) {
      const label = `${(attempt.startMs - previous.atMs).toFixed(1)} ms before the next try`
      rows.push({ startMs: previous.atMs, endMs: attempt.startMs, lane: 'back-off', label, outcome: 'waiting' })
    }
    rows.push(...attemptRows(attempt, trace, logged))
  }
  for (const seen of trace.seen) {
    if (attempts.some((attempt) => attempt.attempt === seen.attempt)) continue
    const label = `${seen.code === 0 ? 'no answer' : seen.code} at host ${seen.host}, unknown to the Envoy under test`
    const lane = `attempt ${seen.attempt}, upstream side`
    rows.push({ startMs: seen.startMs, endMs: seen.atMs, lane, label, outcome: 'failed' })
  }
  return rows.slice(0, rowsMax)
}

/** Names and draws a whole request for a finding. */
export function drawing(request: WholeRequest): () => { requestId: string; timeline: readonly TimelineRow[] } {
  const { id, sent, answered, logged, attempts, seen } = request
  const trace = { id, fromMs: sent.atMs, sent: [sent], answered: [answered], logged: [logged], attempts, seen }
  return () => ({ requestId: id, timeline: timelineOf(trace) })
}

function clientRow(trace: Trace): readonly TimelineRow[] {
  const [sent] = trace.sent
  if (sent === undefined) return []
  const [answered] = trace.answered
  const { status, error, grpcStatus } = answered ?? {}
  const outcome = codeWord(status, grpcStatus) ?? error ?? 'no answer'
  const ok = error === undefined && status !== undefined && status < 500 && (grpcStatus ?? 0) === 0
  const label = `${sent.method} ${sent.host}${sent.path}: ${outcome}`
  const endMs = answered?.atMs ?? sent.atMs
  return [{ startMs: sent.atMs, endMs, lane: 'client', label, outcome: ok ? 'ok' : 'failed' }]
}

function attemptRows(attempt: AttemptLogged, trace: Trace, logged: RequestLogged | undefined): readonly TimelineRow[] {
  const lane = `attempt ${attempt.attempt}`
  const rows: TimelineRow[] = []
  const readyMs = attempt.readyMs ?? attempt.startMs
  const waited = readyMs - attempt.startMs > waitWorthARowMs
  if (waited) {
    const label = 'waits for a connection'
    rows.push({ startMs: attempt.startMs, endMs: readyMs, lane, label, outcome: 'waiting' })
  }
  const seen = trace.seen.find((one) => one.attempt === attempt.attempt)
  const injected = [
    seen?.flags.includes('DI') ? 'delay injected' : '',
    seen?.flags.includes('FI') ? 'abort injected' : '',
    seen?.kibPerSecond === undefined ? '' : `${seen.kibPerSecond} KiB/s`,
  ].filter((text) => text !== '')
  const why = injected.length > 0 ? ` (${injected.join(', ')})` : ''
  const where = attempt.host === '' ? '' : ` at ${attempt.host}`
  const failed = attempt.code === 0 || attempt.code >= 500 || (attempt.grpcStatus ?? 0) > 0
  const ok = !failed && attempt.flags.length === 0
  const label = `${resultOf(attempt, logged)}${why}${where}`
  rows.push({
    startMs: waited ? readyMs : attempt.startMs,
    endMs: attempt.atMs,
    lane,
    label,
    outcome: ok ? 'ok' : 'failed',
  })
  return rows
}

/** The grpc-status of a gRPC call, the HTTP status of any other request. */
function codeWord(status: number | undefined, grpcStatus: number | undefined): string | undefined {
  if (grpcStatus !== undefined) return grpcStatusText(grpcStatus)
  return status === undefined ? undefined : String(status)
}

const endings: Readonly<Record<string, string>> = {
  UT: 'cut by the per-try timeout',
  UF: 'no connection',
  UO: 'refused, the breaker is full',
  UC: 'connection closed by upstream',
  UPE: 'broken answer',
  UR: 'reset by upstream',
  SI: 'cut by an idle timeout',
}

function resultOf(attempt: AttemptLogged, logged: RequestLogged | undefined): string {
  const ending = attempt.flags.map((flag) => endings[flag] ?? flag).join(', ')
  const code = codeWord(attempt.code, attempt.grpcStatus) ?? ''
  if (attempt.code > 0) return ending === '' ? code : `${code}, then ${ending}`
  if (ending !== '') return ending
  return logged?.details === 'response_timeout' ? 'cut by the route timeout' : `cut (${logged?.details || 'unknown'})`
}
