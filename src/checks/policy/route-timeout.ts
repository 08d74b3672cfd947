// Rule `route-timeout`: the route timeout fires at T within tolerance, and no request runs on beyond it. The access log's
// details say whether it fired. Timed, but for a timeout that is not declared.

import { judgeTimer } from './judge-timer.ts'
import { configLine, nameOf, type RequestRule } from './rule.ts'

export const routeTimeout: RequestRule = {
  name: 'route-timeout',
  about: 'the route timeout fires too early, or the request runs beyond it',
  judge(request, { route, tickMs, latenessMs, late, turned }) {
    const { logged } = request
    const fired = logged.details === 'response_timeout'
    const ranMs = logged.atMs - logged.startMs
    const config = configLine(route.lines, 'timeout', 'route')
    const observed = `${ranMs.toFixed(1)} ms${fired ? ', ended by the route timeout' : ''}`
    if (route.timeoutMs === 0) {
      if (!fired) return 'kept'
      const message = `${nameOf(request)} was ended by a route timeout that is not declared`
      return { message, expected: 'no route timeout', observed, ...config }
    }
    // A timer that neither fired nor was due tells the same on a late machine.
    if (!fired && ranMs <= route.timeoutMs) return 'kept'
    const toleranceMs = tickMs + 1 + latenessMs
    const latestMs = route.timeoutMs + toleranceMs
    const judged = judgeTimer({
      ranMs,
      earliestMs: route.timeoutMs - toleranceMs,
      latestMs,
      fired,
      late,
      turned: () => turned(logged.startMs + latestMs, logged.atMs),
    })
    if (judged === 'kept' || judged === 'late') return judged
    return {
      message:
        judged === 'early'
          ? `${nameOf(request)} was ended by the route timeout after ${ranMs.toFixed(1)} ms`
          : `${nameOf(request)} ran for ${ranMs.toFixed(1)} ms, beyond its route timeout`,
      expected: `${route.timeoutMs} ms, give or take ${toleranceMs.toFixed(1)} ms`,
      observed,
      ...config,
    }
  },
}
