// Rules `request-timeout` and `stream-idle`: how long a client may take for its request, and how long a stream may stand
// still. Both are judged on Envoy's own clock, and mostly by slow bodies; a request that goes well says nothing about them.

import type { Judgement, Violation } from '../policy/rule.ts'
import {
  configOf,
  type EdgeAround,
  type EdgeRequest,
  type EdgeRule,
  inMs,
  isLateFor,
  nameOf,
  outcomeOf,
  slackMsOf,
  tookMs,
} from './rule.ts'

/** From a body's first part to its last one. */
function bodyMs({ traffic }: EdgeRequest): number | undefined {
  const slow = traffic.request.slowBody
  return slow === undefined ? undefined : (slow.parts - 1) * slow.everyMs
}

interface Timer {
  readonly ms: number
  readonly line: string
  /** It ended the request. */
  readonly fired: boolean
  /** Counted from the request's start it had to end it by then. Absent: not by what is known. */
  readonly due: boolean
  /** It counts from the request's start. */
  readonly fromStart: boolean
}

function judgeTimer(request: EdgeRequest, around: EdgeAround, timer: Timer): Judgement {
  const { ms, line, fired, due, fromStart } = timer
  const found = (expected: string, timed: { readonly timed?: true } = {}): Violation => ({
    message: `${nameOf(request)} ended after ${inMs(tookMs(request))}`,
    expected,
    observed: outcomeOf(request),
    ...configOf(around, line),
    ...timed,
  })
  if (fired && ms === 0) return found('no such limit')
  // A timer is set by the clock of Envoy's event loop, which lags behind while that is busy: it may seem early as well.
  const slackMs = slackMsOf(around)
  const earlyMs = fired ? ms - tookMs(request) : 0
  const overdueMs = (fired ? fromStart : due) ? tookMs(request) - ms : 0
  const expected = earlyMs > 0 ? `not ended before ${inMs(ms)}` : `ended at ${inMs(ms)}`
  // So far off is no machine that was late by what was measured.
  if (Math.max(earlyMs, overdueMs) > 2 * slackMs) return found(expected)
  if (isLateFor(ms, around)) return fired || due ? 'late' : 'not-asked'
  return Math.max(earlyMs, overdueMs) > slackMs ? found(expected, { timed: true }) : 'kept'
}

export const requestTimeout: EdgeRule = {
  name: 'request-timeout',
  about: 'its client takes longer than declared and is not cut off with 408, or is cut off without cause',
  judge(request, around) {
    const ms = around.edge.requestTimeoutMs
    const fired = request.logged.details === 'request_overall_timeout'
    const sendingMs = bodyMs(request)
    if (!fired && (ms === 0 || sendingMs === undefined)) return 'not-asked'
    const due = sendingMs !== undefined && sendingMs > ms + slackMsOf(around)
    return judgeTimer(request, around, { ms, line: 'requestTimeout', fired, due, fromStart: true })
  },
}

export const streamIdle: EdgeRule = {
  name: 'stream-idle',
  about: 'nothing moves on it for longer than declared and it is not ended, or it is ended without cause',
  judge(request, around) {
    const { logged, traffic } = request
    const fired = logged.details === 'stream_idle_timeout'
    const ms = idleMsOf(around)
    if (ms === undefined) return 'not-asked'
    const every = traffic.request.slowBody?.everyMs
    const quietMs = every ?? headAfterMs(request)
    const due = ms > 0 && quietMs > ms + slackMsOf(around)
    // What took less than half of it says nothing.
    if (!fired && (ms === 0 || quietMs < ms / 2)) return 'not-asked'
    const fromStart = every === undefined || every > ms
    return judgeTimer(request, around, { ms, line: 'streamIdle', fired, due, fromStart })
  },
}

/** Until the head of the answer that the client got. */
function headAfterMs({ attempts, logged }: EdgeRequest): number {
  const last = attempts.toSorted((left, right) => left.attempt - right.attempt).at(-1)
  return (last?.headMs ?? logged.atMs) - logged.startMs
}

/** Nothing where it cannot be known. */
function idleMsOf({ edge, routes }: EdgeAround): number | undefined {
  const all = new Set(
    routes.map((route) => (route === undefined ? edge.streamIdleTimeoutMs : (route.idleTimeoutMs ?? 0))),
  )
  const [ms] = all
  return all.size === 1 ? ms : undefined
}
