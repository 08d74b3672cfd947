// The check `policy`: holds every single request of a scenario, and what requests do to each other, to the declared
// policy. This file wires events to rules and turns their counts into a verdict; what is right and wrong is in the rules,
// one file each. It knows nothing of what was served.
//
//   events ─► open requests ─► complete ─► route ─► request rules
//                                  └────► breakers, ejection, counters (in order of time)

import { z } from 'zod'
import type { CheckKind } from '../../core/check.ts'
import type { HistoryEvent } from '../../core/history.ts'
import { meshOf } from '../../core/scenario-record.ts'
import type { DeclaredPolicy } from '../../mesh/policy.ts'
import { activity } from './activity.ts'
import { clusterWatches } from './cluster-watches.ts'
import { complete, wholeness } from './complete.ts'
import { conclude } from './conclude.ts'
import { connectTimeout } from './connect-timeout.ts'
import { connectionBreaker } from './connection-breaker.ts'
import { counterLedger, counters } from './counters.ts'
import { ejectedHostIdle } from './ejected-host-idle.ts'
import { ejectionDue } from './ejection-due.ts'
import { ejectionReason } from './ejection-reason.ts'
import { ejectionReturn } from './ejection-return.ts'
import { nothingSeen, requestJudge, requestRules } from './judge-request.ts'
import { machineLag } from './lateness.ts'
import { type Closing, openRequests } from './open-requests.ts'
import { pendingBreaker } from './pending-breaker.ts'
import { pushWindows } from './push-windows.ts'
import { relayFaults } from './relay-faults.ts'
import { retryBreaker } from './retry-breaker.ts'
import { route } from './route.ts'
import type { Trace } from './rule.ts'
import { tally } from './tally.ts'
import { timelineOf } from './timeline.ts'

const clusterRules = [
  connectTimeout,
  connectionBreaker,
  pendingBreaker,
  retryBreaker,
  ejectionDue,
  ejectionReason,
  ejectedHostIdle,
  ejectionReturn,
  counters,
]

/** Every rule, in the order in which findings are shown. */
export const policyRules: readonly { readonly name: string; readonly about: string }[] = [
  complete,
  route,
  ...requestRules.map(({ name, about }) => ({ name, about })),
  ...clusterRules,
]
export const policyRuleNames: readonly string[] = policyRules.map((rule) => rule.name)

const ruleName = z.enum(policyRuleNames as [string, ...string[]])
const schema = z.strictObject({
  disable: z.array(ruleName).optional().describe('Rules that are not asked'),
  rules: z.array(ruleName).optional().describe('The only rules that are asked; default: all'),
})
export type PolicyConfig = z.output<typeof schema>

export const policy: CheckKind<PolicyConfig> = {
  name: 'policy',
  about: "Every single request's history obeys the declared policy.",
  schema,
  start(config, { header, scenario: record }) {
    const scenario = meshOf(record)
    const asked = config.rules ?? policyRuleNames
    const verdicts = tally(policyRuleNames.filter((name) => asked.includes(name) && !config.disable?.includes(name)))
    const { report } = verdicts
    const initial = header.declaredPolicy[scenario.name] as DeclaredPolicy
    const pushes = pushWindows(initial)
    const lag = machineLag()
    const envoy = activity(scenario.isolated)
    const ledger = counterLedger()
    const watches = clusterWatches({ header, scenario, pushes, lag, activity: envoy, report })
    const seen = nothingSeen()
    const judge = requestJudge({
      pushes,
      lag,
      envoy,
      report,
      seen,
      hostsOf: watches.hostsOf,
      traffic: scenario.traffic,
      tickMs: header.clock.tickMs,
    })
    let endedMs: number | undefined
    let wholeRun = false

    function close(trace: Trace, why: Closing) {
      const result = wholeness(trace, relay.metBy)
      if (result.kind === 'whole') {
        report(complete.name, 'kept')
        ledger.admit(result.request)
        watches.admit(result.request)
        judge(result.request)
        return
      }
      if (result.kind === 'unheard') {
        seen.unheard++
        return
      }
      watches.stopAt(trace.fromMs)
      if (result.kind === 'interrupted' || why === 'crowded' || (why === 'ended' && !wholeRun)) seen.unfinished++
      else {
        seen.broken++
        report(complete.name, result.violation, () => ({ requestId: trace.id, timeline: timelineOf(trace) }))
      }
    }

    const timeoutMaxMs = Math.max(0, ...scenario.traffic.map((one) => one.timeoutMs))
    const relay = relayFaults()
    const open = openRequests(timeoutMaxMs, close, relay.metBy)

    function observe(event: HistoryEvent) {
      if (event.kind === 'heartbeat') lag.observe(event)
      else if (event.kind === 'config-pushed' || event.kind === 'config-accepted' || event.kind === 'config-rejected') {
        pushes.observe(event)
      } else if (event.kind === 'host-ejected' || event.kind === 'host-returned') {
        watches.event(event)
        ledger.ejected(event)
      } else if (event.kind === 'counters') ledger.observe(event)
      else if (event.kind === 'scenario-ended') endedMs = event.atMs
      else if (event.kind === 'end') wholeRun = event.reason === 'complete'
      relay.observe(event)
      envoy.observe(event)
      open.observe(event)
      const watermarkMs = open.watermarkMs()
      watches.advance(watermarkMs)
      lag.forget(watermarkMs)
      envoy.forget(watermarkMs)
    }

    return {
      observe,
      conclude() {
        open.end()
        watches.end(endedMs)
        // Counters cannot be held to a history that has gaps.
        const gaps = seen.broken + seen.unfinished
        const compared = gaps > 0 ? undefined : ledger.compare(clustersCounted(initial))
        return conclude({ verdicts, seen, compared, policyAt: pushes.policyAt })
      },
    }
  },
}

/** Copies of requests are counted where they go, but no log of the Envoy under test tells of them. */
function clustersCounted({ clusters, virtualHosts }: DeclaredPolicy): readonly string[] {
  const routes = virtualHosts.flatMap((virtualHost) => virtualHost.routes)
  const copied = new Set(routes.flatMap(({ shadows = [] }) => shadows.map((shadow) => shadow.cluster)))
  return clusters.map(({ name }) => name).filter((name) => !copied.has(name))
}
