// Asks the request rules about chosen requests only and keeps every answer, also `kept` and `not asked`, which the check
// `policy` only counts. Rules about whole clusters (breakers, ejection, counters) need all requests and are not asked here.

import type { HistoryEvent, HistoryHeader } from '../../core/history.ts'
import type { MeshScenario } from '../../core/scenario-record.ts'
import type { DeclaredCluster, DeclaredPolicy, DeclaredRoute } from '../../mesh/policy.ts'
import { activity } from './activity.ts'
import { complete, wholeness } from './complete.ts'
import { nothingSeen, requestJudge, requestRules } from './judge-request.ts'
import { machineLag } from './lateness.ts'
import { openRequests } from './open-requests.ts'
import { pushWindows } from './push-windows.ts'
import { declaredRouteOf, route } from './route.ts'
import type { Judgement, Trace, WholeRequest } from './rule.ts'
import { timelineOf } from './timeline.ts'

/** The rules that are asked about one request, in the order in which they are asked. */
export const rulesAboutRequests: readonly { readonly name: string; readonly about: string }[] = [
  complete,
  route,
  ...requestRules.map(({ name, about }) => ({ name, about })),
]

export interface AskedRequest {
  readonly trace: Trace
  readonly timeline: ReturnType<typeof timelineOf>
  /** By rule; a rule that is not there was not asked. */
  readonly said: ReadonlyMap<string, Judgement>
  /** What was declared for it when it was sent; absent where its history has a gap, or no route is declared. */
  readonly route?: DeclaredRoute
  readonly cluster?: DeclaredCluster
  /** A config push was under way, so it is judged by neither version. */
  readonly isPushed: boolean
}

export interface Asking {
  /** Every event of the scenario and of the whole run. */
  observe(event: HistoryEvent): void
  finish(): void
}

export function askRules(
  header: HistoryHeader,
  scenario: MeshScenario,
  isChosen: (id: string) => boolean,
  answered: (request: AskedRequest) => void,
): Asking {
  const pushes = pushWindows(header.declaredPolicy[scenario.name] as DeclaredPolicy)
  const lag = machineLag()
  const envoy = activity(scenario.isolated)
  const seen = nothingSeen()
  let said = new Map<string, Judgement>()
  const judge = requestJudge({
    pushes,
    lag,
    envoy,
    seen,
    report: (rule, judgement) => void said.set(rule, judgement),
    hostsOf: (cluster) => scenario.upstreams[cluster]?.hosts ?? 1,
    tickMs: header.clock.tickMs,
    traffic: scenario.traffic,
  })

  function close(trace: Trace) {
    said = new Map()
    const whole = wholeness(trace)
    if (whole.kind === 'broken') said.set(complete.name, whole.violation)
    const pushedBefore = seen.pushed
    if (whole.kind === 'whole') {
      said.set(complete.name, 'kept')
      judge(whole.request)
    }
    const declared = whole.kind === 'whole' ? declaredFor(whole.request) : {}
    answered({ trace, timeline: timelineOf(trace), said, isPushed: seen.pushed > pushedBefore, ...declared })
  }

  function declaredFor(request: WholeRequest): Pick<AskedRequest, 'route' | 'cluster'> {
    const policy = pushes.policyAt(request.sent.atMs)
    const declared = declaredRouteOf(request, policy, scenario.traffic)
    if (declared === undefined) return {}
    const cluster = policy.clusters.find((one) => one.name === (request.logged.cluster || declared.cluster))
    return { route: declared, ...(cluster === undefined ? {} : { cluster }) }
  }

  const open = openRequests(Math.max(0, ...scenario.traffic.map((one) => one.timeoutMs)), close)
  return {
    observe(event) {
      if (event.kind === 'heartbeat') lag.observe(event)
      else if (event.kind === 'config-pushed' || event.kind === 'config-accepted' || event.kind === 'config-rejected') {
        pushes.observe(event)
      }
      envoy.observe(event)
      // The others are told as a passing of time, so that what lies behind can be forgotten.
      open.observe(!('id' in event) || isChosen(event.id) ? event : passing(event))
      const watermarkMs = open.watermarkMs()
      lag.forget(watermarkMs)
      envoy.forget(watermarkMs)
    },
    finish: () => open.end(),
  }
}

function passing({ atMs, src, seq, scenario }: HistoryEvent): HistoryEvent {
  return { kind: 'heartbeat', atMs, src, seq, scenario, lateMs: 0 }
}
