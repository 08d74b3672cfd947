// Rule `per-try-timeout`: an attempt without a head after T is cut, none is cut before, and none at all where no T is
// declared. The clock starts once a connection is ready and the request's body was sent, and stops at the head of the
// answer. That something else than this timer cut an attempt is told by flags, never by durations. Timed, but for a cut
// that is not declared.

import type { AttemptLogged } from '../../core/history.ts'
import { attemptsAllowed } from './attempts.ts'
import { judgeTimer } from './judge-timer.ts'
import { perTryTimeoutMs } from './lateness.ts'
import { type Around, configLine, type Judgement, nameOf, type RequestRule, type WholeRequest } from './rule.ts'

export const perTryTimeout: RequestRule = {
  name: 'per-try-timeout',
  about: 'an attempt is cut before or after its declared per-try timeout, or without one',
  judge(request, around) {
    const timeoutMs = perTryTimeoutMs(around.route)
    const cut = request.attempts.filter((attempt) => attempt.flags.includes('UT'))
    if (timeoutMs === undefined) return judgeUndeclared(request, cut, around)
    const asked = request.attempts.filter((attempt) => attempt.readyMs !== undefined)
    if (asked.length === 0) return 'not-asked'
    const ranMsOf = ({ readyMs, startMs, headMs, atMs }: AttemptLogged) => (headMs ?? atMs) - (readyMs ?? startMs)
    // A timer that neither fired nor was due tells the same on a late machine.
    if (cut.length === 0 && asked.every((attempt) => ranMsOf(attempt) <= timeoutMs)) return 'kept'
    const earliestMs = timeoutMs - around.tickMs - around.latenessMs
    const bodyMs = request.sent.bodyBytes > 0 ? (around.cluster?.connectTimeoutMs ?? 0) : 0
    const latestMs = timeoutMs + bodyMs + around.tickMs + 1 + around.latenessMs
    let late = false
    for (const attempt of asked) {
      const readyMs = attempt.readyMs ?? attempt.startMs
      const ranMs = ranMsOf(attempt)
      const judged = judgeTimer({
        ranMs,
        earliestMs,
        latestMs,
        fired: cut.includes(attempt),
        late: around.late,
        turned: () => around.turned(readyMs + latestMs, readyMs + ranMs),
      })
      if (judged === 'late') late = true
      if (judged === 'kept' || judged === 'late') continue
      const what = judged === 'early' ? 'was cut after' : 'ran for'
      return {
        message: `attempt ${attempt.attempt} of ${nameOf(request)} ${what} ${ranMs.toFixed(1)} ms`,
        expected: `cut after ${timeoutMs} ms (${earliestMs.toFixed(1)} to ${latestMs.toFixed(1)} ms with tolerance)`,
        observed: `${ranMs.toFixed(1)} ms`,
        ...configLine(around.route.lines, 'perTry', 'route'),
      }
    }
    return late ? 'late' : 'kept'
  },
}

function judgeUndeclared(request: WholeRequest, cut: readonly AttemptLogged[], { route }: Around): Judgement {
  const [first] = cut
  // Retries that are not declared at all bring their timers with them; `attempts` names those.
  if (request.logged.attempts > attemptsAllowed(route.retry?.retries)) return 'not-asked'
  if (first === undefined) return request.attempts.length === 0 ? 'not-asked' : 'kept'
  return {
    message: `attempt ${first.attempt} of ${nameOf(request)} was cut by a per-try timeout that is not declared`,
    expected: 'no per-try timeout',
    observed: `cut after ${(first.atMs - first.startMs).toFixed(1)} ms`,
    ...configLine(route.lines, 'perTry', 'retryOn', 'route'),
  }
}
