// Joins events by request id and hands a request over once its history looks whole and has been quiet for a while, or
// when waiting longer is pointless. Memory is bounded by open requests. It judges nothing: what is missing from a request
// that was handed over is for the rule `complete` to say.

import type { AttemptLogged, AttemptSeen, HistoryEvent, RequestLogged } from '../../core/history.ts'
import type { Trace } from './rule.ts'

/** Sources write with up to 100 ms of disorder; a second leaves room for a machine that is slow. */
const quietMs = 1000
/** After the client's answer every log line of a request is due at once. */
const answeredPatienceMs = 10_000
const sentPatienceMs = 30_000
const openMax = 100_000

/** Why a request was handed over. `crowded`: too many were open, so this one could not be waited for. */
export type Closing = 'settled' | 'overdue' | 'ended' | 'crowded'

interface OpenTrace extends Trace {
  fromMs: number
  readonly since: number
  readonly sent: Trace['sent'][number][]
  readonly answered: Trace['answered'][number][]
  readonly logged: RequestLogged[]
  readonly attempts: AttemptLogged[]
  readonly seen: AttemptSeen[]
}

export interface OpenRequests {
  observe(event: HistoryEvent): void
  /** Hands over all that is still open. */
  end(): void
  /** Nothing that is handed over later begins before this time. */
  watermarkMs(): number
}

/** @param metFault whether the attempt's connection met a fault at the relay */
export function openRequests(
  timeoutMaxMs: number,
  close: (trace: Trace, why: Closing) => void,
  metFault: (attempt: AttemptLogged) => unknown = () => undefined,
): OpenRequests {
  // Maps keep insertion order, which is the order in which their entries fall due.
  const open = new Map<string, OpenTrace>()
  const answered = new Map<string, { trace: OpenTrace; dueMs: number }>()
  const quiet = new Map<string, { trace: OpenTrace; dueMs: number }>()
  let nowMs = Number.NEGATIVE_INFINITY

  function handOver(trace: OpenTrace, why: Closing) {
    for (const queue of [open, answered, quiet]) queue.delete(trace.id)
    close(trace, why)
  }
  function expire() {
    for (const { trace, dueMs } of quiet.values()) {
      if (dueMs > nowMs) break
      handOver(trace, 'settled')
    }
    for (const { trace, dueMs } of answered.values()) {
      if (dueMs > nowMs) break
      handOver(trace, 'overdue')
    }
    for (const trace of open.values()) {
      const due = trace.since + (trace.sent.length > 0 ? timeoutMaxMs + sentPatienceMs : answeredPatienceMs)
      if (due > nowMs && open.size <= openMax) break
      handOver(trace, due > nowMs ? 'crowded' : 'overdue')
    }
  }

  return {
    observe(event) {
      nowMs = Math.max(nowMs, event.atMs)
      if (isAboutRequest(event)) {
        const trace = open.get(event.id) ?? begin(event.id, nowMs)
        open.set(event.id, trace)
        add(trace, event)
        if (trace.answered.length > 0 && !answered.has(trace.id)) {
          answered.set(trace.id, { trace, dueMs: nowMs + answeredPatienceMs })
        }
        if (looksWhole(trace, metFault) && !quiet.has(trace.id)) quiet.set(trace.id, { trace, dueMs: nowMs + quietMs })
      }
      expire()
    },
    end() {
      for (const trace of open.values()) handOver(trace, quiet.has(trace.id) ? 'settled' : 'ended')
    },
    watermarkMs() {
      const first = open.values().next().value
      return Math.min(nowMs - quietMs, first?.fromMs ?? Number.POSITIVE_INFINITY) - quietMs
    },
  }
}

type AboutRequest = Extract<
  HistoryEvent,
  { kind: 'request-sent' | 'request-answered' | 'request-logged' | 'attempt-logged' | 'attempt-seen' }
>

function isAboutRequest(event: HistoryEvent): event is AboutRequest {
  return (
    event.kind === 'request-sent' ||
    event.kind === 'request-answered' ||
    event.kind === 'request-logged' ||
    event.kind === 'attempt-logged' ||
    // Nobody waits for a copy, and it may come at any time.
    (event.kind === 'attempt-seen' && event.shadow !== true)
  )
}

function begin(id: string, nowMs: number): OpenTrace {
  const fromMs = Number.POSITIVE_INFINITY
  return { id, since: nowMs, fromMs, sent: [], answered: [], logged: [], attempts: [], seen: [] }
}

function add(trace: OpenTrace, event: AboutRequest): void {
  trace.fromMs = Math.min(trace.fromMs, event.atMs, 'startMs' in event ? event.startMs : event.atMs)
  if (event.kind === 'request-sent') trace.sent.push(event)
  else if (event.kind === 'request-answered') trace.answered.push(event)
  else if (event.kind === 'request-logged') trace.logged.push(event)
  else if (event.kind === 'attempt-logged') trace.attempts.push(event)
  else trace.seen.push(event)
}

/** Good enough to start waiting for quiet; whether it really is whole is asked when it is handed over. */
function looksWhole(trace: OpenTrace, metFault: (attempt: AttemptLogged) => unknown): boolean {
  const [logged] = trace.logged
  if (trace.sent.length === 0 || trace.answered.length === 0 || logged === undefined) return false
  return (
    trace.attempts.length >= attemptLinesOf(logged) &&
    trace.attempts.every(
      (attempt) =>
        !mustBeSeen(attempt) ||
        metFault(attempt) !== undefined ||
        trace.seen.some((seen) => seen.attempt === attempt.attempt),
    )
  )
}

/** An attempt that found no healthy host counts as one in the access log, but has no line in the upstream log. */
export function attemptLinesOf(logged: RequestLogged): number {
  return Math.max(0, logged.attempts - (logged.flags.includes('UH') ? 1 : 0))
}

/** Cut so soon after it had a connection, nobody upstream may ever have read it. */
const unreadWithinMs = 50

/** The attempt got a connection and was not lost on it, so the fault listener has seen a request, unless the relay kept it. */
export function mustBeSeen(attempt: AttemptLogged): boolean {
  if (attempt.readyMs === undefined) return false
  const lostOnTheWay = attempt.code === 0 && ['UC', 'UR', 'UPE'].some((flag) => attempt.flags.includes(flag))
  const cutAtOnce = attempt.code === 0 && attempt.atMs - attempt.readyMs < unreadWithinMs
  return !lostOnTheWay && !cutAtOnce
}
