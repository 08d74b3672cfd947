// The rules about whole clusters, one set for each cluster that is declared or that requests went to.

import { evidenceOf } from '../../core/fault-evidence.ts'
import type { HistoryHeader, HostEjected } from '../../core/history.ts'
import type { MeshScenario } from '../../core/scenario-record.ts'
import type { Activity } from './activity.ts'
import type { ClusterContext, ClusterWatch } from './breaker-context.ts'
import { watchConnects } from './connect-timeout.ts'
import { watchConnections } from './connection-breaker.ts'
import { type EjectionWatch, watchEjections } from './ejection-watch.ts'
import type { MachineLag } from './lateness.ts'
import { watchPending } from './pending-breaker.ts'
import type { PushWindows } from './push-windows.ts'
import { watchRetries } from './retry-breaker.ts'
import type { Report, WholeRequest } from './rule.ts'

/** What the stamps of two log lines may be apart although they are of one moment. */
const stampMs = 1
const defaultHosts = 1
/** Sorting moments a little at a time is cheap; at every event it is not. */
const stepMs = 250
const ofTcp: ReadonlySet<string> = new Set(['connect', 'connection'])

interface Watches {
  readonly pending: ClusterWatch
  readonly retries: ClusterWatch
  readonly connections: ClusterWatch
  readonly connects: ClusterWatch
  readonly ejections: EjectionWatch
}

export interface ClusterWatches {
  admit(request: WholeRequest): void
  event(event: HostEjected): void
  advance(watermarkMs: number): void
  /** The history has a gap from there on: what requests did to each other can be judged only before. */
  stopAt(atMs: number): void
  end(endMs: number | undefined): void
  hostsOf(cluster: string): number
}

export function clusterWatches(given: {
  readonly header: HistoryHeader
  readonly scenario: MeshScenario
  readonly pushes: PushWindows
  readonly lag: MachineLag
  readonly activity: Activity
  readonly report: Report
}): ClusterWatches {
  const { header, scenario, pushes, lag, activity, report } = given
  const { tickMs, wallOffsetErrorMs } = header.clock
  const watches = new Map<string, Watches>()
  let blindMs = Number.POSITIVE_INFINITY
  let advancedMs = Number.NEGATIVE_INFINITY
  const hostsOf = (cluster: string) => scenario.upstreams[cluster]?.hosts ?? defaultHosts
  function of(name: string): Watches {
    const known = watches.get(name)
    if (known !== undefined) return known
    const marginMs = stampMs + wallOffsetErrorMs
    const hindered = scenario.faults.some((fault) => fault.target === name && ofTcp.has(evidenceOf(fault)))
    const common = { tickMs, marginMs, pushes, lag, activity, report }
    const context: ClusterContext = { name, hosts: hostsOf(name), hindered, ...common }
    const fresh: Watches = {
      pending: watchPending(context),
      retries: watchRetries(context),
      connections: watchConnections(context),
      connects: watchConnects(context),
      ejections: watchEjections(context),
    }
    watches.set(name, fresh)
    return fresh
  }
  const isUnmodelled = (name: string, atMs: number) =>
    pushes.policyAt(atMs).clusters.find((one) => one.name === name)?.unmodelled !== undefined
  const all = () => [...watches.values()].flatMap((one): readonly ClusterWatch[] => Object.values(one))
  for (const { name } of pushes.policyAt(Number.NEGATIVE_INFINITY).clusters) of(name)

  return {
    admit(request) {
      const { cluster } = request.logged
      if (cluster === '' || request.logged.startMs > blindMs || isUnmodelled(cluster, request.logged.startMs)) return
      for (const watch of Object.values(of(cluster)) as readonly ClusterWatch[]) watch.admit(request)
    },
    event(event) {
      if (!isUnmodelled(event.cluster, event.atMs)) of(event.cluster).ejections.event(event)
    },
    advance(watermarkMs) {
      if (watermarkMs < advancedMs + stepMs) return
      advancedMs = watermarkMs
      for (const watch of all()) watch.advance(Math.min(watermarkMs, blindMs))
    },
    stopAt(atMs) {
      blindMs = Math.min(blindMs, atMs)
    },
    end(endMs) {
      for (const watch of all()) watch.advance(blindMs)
      if (blindMs < Number.POSITIVE_INFINITY) return
      for (const { ejections } of watches.values()) ejections.end(endMs)
    },
    hostsOf,
  }
}
