// Rule `back-off`: the wait before try N + 1 is uniform in whole milliseconds over {0 ... min(base x 2^(N-1), max) - 1}, so
// it lies in [0, bound - 1 + tick + 1 + L] as the Envoy under test times it. Timed.

import { judgeTimer } from './judge-timer.ts'
import { configLine, nameOf, type RequestRule } from './rule.ts'

/** Stamps of two log lines may differ by this much in the same callback. */
const stampMs = 1

export const backOff: RequestRule = {
  name: 'back-off',
  about: 'a retry waits longer than the back-off allows, or starts before the attempt ahead of it ended',
  judge(request, { route, tickMs, latenessMs, late, turned }) {
    const { retry } = route
    if (retry === undefined || request.attempts.length < 2) return 'not-asked'
    for (const [index, next] of request.attempts.entries()) {
      const previous = request.attempts[index - 1]
      if (previous === undefined) continue
      const waitedMs = next.startMs - previous.atMs
      const ownMs = Math.min(retry.backOffBaseMs * 2 ** (index - 1), retry.backOffMaxMs)
      const boundMs = Math.max(ownMs, retry.rateLimitedMaxMs ?? 0)
      // Where nothing was exceeded it does not matter how late the machine was.
      if (waitedMs >= -stampMs && waitedMs < boundMs) continue
      const latestMs = boundMs - 1 + tickMs + 1 + latenessMs
      const judged = judgeTimer({
        ranMs: waitedMs,
        earliestMs: late ? -latenessMs : -stampMs,
        latestMs,
        fired: true,
        late,
        turned: () => turned(previous.atMs + latestMs, next.startMs),
      })
      if (judged === 'late') return 'late'
      if (judged === 'kept') continue
      return {
        message: `${nameOf(request)} waited ${waitedMs.toFixed(1)} ms before attempt ${next.attempt}`,
        expected: `0 to ${boundMs - 1} ms (${latestMs.toFixed(1)} ms with tolerance)`,
        observed: `${waitedMs.toFixed(1)} ms`,
        ...configLine(route.lines, 'backOff', 'retryOn', 'route'),
      }
    }
    return 'kept'
  },
}
