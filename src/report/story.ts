// One request's history in a line (`503 at 0 ms, 503 at 31 ms, 200 at 74 ms`) and as rows of a timeline. It only retells
// what was observed; whether that was allowed is for the policy rules to say.

import { grpcStatusText } from '../core/grpc-status.ts'
import { formatMs } from '../core/units.ts'
import type { TimelineRow } from '../core/verdict.ts'
import type { SettledRequest } from './open-requests.ts'
import { type Attempt, attemptFailed, outcomeOf, succeeded } from './outcome.ts'

/** Envoy's response flags in words, for attempts that had no answer. The first that is set is told. */
const flagWords: readonly (readonly [string, string])[] = [
  ['UT', 'timeout'],
  ['UF', 'connect failure'],
  ['UC', 'connection closed'],
  ['UPE', 'protocol error'],
  ['UR', 'reset by upstream'],
  ['LR', 'reset by Envoy'],
  ['UO', 'overflow'],
  ['UH', 'no healthy host'],
  ['DC', 'given up'],
  ['DR', 'given up'],
]

export function tellStory(request: SettledRequest): string {
  const first = request.attempts[0]
  const zeroMs = first === undefined ? request.sent.atMs : startMs(first)
  const parts = request.attempts.map((attempt) => `${attemptWord(attempt)} at ${formatMs(startMs(attempt) - zeroMs)}`)
  const final = finalWord(request)
  const last = request.attempts.at(-1)
  const endMs = request.answered?.atMs ?? request.logged?.atMs ?? zeroMs
  if (last === undefined) parts.push(`${final} from Envoy itself at ${formatMs(endMs - zeroMs)}`)
  else if (attemptWord(last) !== final) parts.push(`then ${final} for the client at ${formatMs(endMs - zeroMs)}`)
  return parts.join(', ')
}

export function drawTimeline(request: SettledRequest): readonly TimelineRow[] {
  const rows: TimelineRow[] = [clientRow(request)]
  let before: Attempt | undefined
  for (const attempt of request.attempts) {
    if (before !== undefined) rows.push(...backOff(before, attempt))
    rows.push(attemptRow(attempt))
    before = attempt
  }
  return rows
}

function clientRow(request: SettledRequest): TimelineRow {
  const { sent, answered, logged } = request
  const lastMs = Math.max(sent.atMs, ...request.attempts.map(endMs))
  return {
    startMs: sent.intendedMs,
    endMs: answered?.atMs ?? logged?.atMs ?? lastMs,
    lane: 'client',
    label: `${sent.method} ${sent.path}: ${finalWord(request)}`,
    outcome: answered === undefined ? 'waiting' : succeeded(answered) ? 'ok' : 'failed',
  }
}

function attemptRow(attempt: Attempt): TimelineRow {
  const host = attempt.seen === undefined ? '' : `, host ${attempt.seen.host}`
  return {
    startMs: startMs(attempt),
    endMs: endMs(attempt),
    lane: `attempt ${attempt.attempt}`,
    label: `${attemptWord(attempt)}${injected(attempt)}${host}`,
    outcome: attemptFailed(attempt) ? 'failed' : 'ok',
  }
}

function backOff(before: Attempt, after: Attempt): readonly TimelineRow[] {
  const fromMs = endMs(before)
  const untilMs = startMs(after)
  if (untilMs <= fromMs) return []
  return [{ startMs: fromMs, endMs: untilMs, lane: 'back-off', label: formatMs(untilMs - fromMs), outcome: 'waiting' }]
}

function attemptWord({ logged, seen }: Attempt): string {
  const { code, grpcStatus } = logged ?? seen ?? { code: 0 }
  if (code > 0 && grpcStatus !== undefined) return grpcStatusText(grpcStatus)
  if (code > 0) return String(code)
  const flags = [...(logged?.flags ?? []), ...(seen?.flags ?? [])]
  return flagWords.find(([flag]) => flags.includes(flag))?.[1] ?? 'no answer'
}

function injected({ seen }: Attempt): string {
  const what = [
    ...(seen?.flags.includes('FI') ? ['abort injected'] : []),
    ...(seen?.flags.includes('DI') ? ['delay injected'] : []),
    ...(seen?.kibPerSecond === undefined ? [] : [`${seen.kibPerSecond} KiB/s`]),
  ]
  return what.length === 0 ? '' : ` (${what.join(', ')})`
}

function finalWord({ answered, logged }: SettledRequest): string {
  if (answered !== undefined) return outcomeOf(answered)
  return logged === undefined || logged.code === 0 ? 'no answer' : String(logged.code)
}

const startMs = ({ logged, seen }: Attempt): number => logged?.startMs ?? seen?.startMs ?? 0
const endMs = ({ logged, seen }: Attempt): number => logged?.atMs ?? seen?.atMs ?? 0
