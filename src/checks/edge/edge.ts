// The check `edge`: holds each request to what its listener promises beside routes. One check with rules, as `policy` is, so
// that a scenario file says `edge: {}` and the config decides what is asked; a scenario that is about one promise names it
// in `rules`, and is inconclusive unless a request put it to the test. This file wires events to rules; routes, retries and
// hosts are not its business.

import { z } from 'zod'
import type { CheckKind } from '../../core/check.ts'
import { meshOf } from '../../core/scenario-record.ts'
import type { DeclaredPolicy } from '../../mesh/policy.ts'
import { machineLag } from '../policy/lateness.ts'
import { openRequests } from '../policy/open-requests.ts'
import { pushWindows } from '../policy/push-windows.ts'
import type { Trace } from '../policy/rule.ts'
import { tally } from '../policy/tally.ts'
import { timelineOf } from '../policy/timeline.ts'
import { bodyLimit } from './body-limit.ts'
import { clientAddress, internalHeaders } from './client-address.ts'
import { conclude } from './conclude.ts'
import { connectionWatch } from './connection-watch.ts'
import { keepAlive } from './keep-alive.ts'
import { path } from './path.ts'
import { aroundOf, latenessOf, lostOf, requestOf, traceOf } from './requests.ts'
import type { EdgeRequest, EdgeRule } from './rule.ts'
import { requestTimeout, streamIdle } from './timers.ts'

const requestRules = (): readonly EdgeRule[] => [
  path,
  bodyLimit,
  clientAddress(),
  internalHeaders,
  requestTimeout,
  streamIdle,
]

/** Every rule, in the order in which findings are shown. */
export const edgeRules: readonly { readonly name: string; readonly about: string }[] = [...requestRules(), keepAlive]
const ruleNames = edgeRules.map(({ name }) => name)

const ruleName = z.enum(ruleNames as [string, ...string[]])
const schema = z.strictObject({
  rules: z
    .array(ruleName)
    .min(1)
    .optional()
    .describe('The only rules that are asked, each of which must be; default: all'),
})
type EdgeConfig = z.output<typeof schema>

export const edge: CheckKind<EdgeConfig> = {
  name: 'edge',
  about: "Every request meets what its listener promises beside routes: limits, paths, the client's address, timers.",
  schema,
  start({ rules }, { header, scenario: record }) {
    const scenario = meshOf(record)
    const verdicts = tally(rules ?? ruleNames)
    const pushes = pushWindows(header.declaredPolicy[scenario.name] as DeclaredPolicy)
    const lag = machineLag()
    const asked = requestRules()
    const seen = { requests: 0, skipped: 0 }
    const draw = (request: EdgeRequest) => () => ({
      requestId: request.sent.id,
      timeline: timelineOf(traceOf(request)),
    })
    const watch = connectionWatch((judgement, requestId, request) =>
      verdicts.report(keepAlive.name, judgement, request === undefined ? () => ({ requestId }) : draw(request)),
    )
    const close = (trace: Trace) => {
      const request = requestOf(trace, scenario)
      const policy = pushes.policyAt(trace.fromMs)
      const lost = lostOf(trace, scenario, policy)
      if (lost !== undefined) watch.lost(lost.sent, lost.listener, latenessOf(lost.sent, lost.answered.atMs, lag))
      const around = request && aroundOf(request, policy, lag, header.clock.tickMs)
      if (request === undefined || around === undefined || pushes.touches(trace.fromMs, request.logged.atMs)) {
        seen.skipped++
        return
      }
      seen.requests++
      for (const rule of asked) verdicts.report(rule.name, rule.judge(request, around), draw(request))
      watch.admit(request, around)
    }
    const open = openRequests(Math.max(0, ...scenario.traffic.map(({ timeoutMs }) => timeoutMs)), close)
    return {
      observe(event) {
        if (event.kind === 'heartbeat') lag.observe(event)
        if (event.kind === 'config-pushed' || event.kind === 'config-accepted' || event.kind === 'config-rejected') {
          pushes.observe(event)
        }
        open.observe(event)
        watch.advance(open.watermarkMs())
        lag.forget(open.watermarkMs())
      },
      conclude() {
        open.end()
        watch.end()
        return conclude(verdicts, seen, rules)
      },
    }
  },
}
