// What is known of the hosts of one cluster at a moment: runs of failures, who is out and since when, and how many were
// out at any recent time. Plain state that the ejection rules read and `ejection-watch` moves on; it judges nothing.

import type { DeclaredOutlier } from '../../mesh/policy.ts'
import { mainThreadMs } from './breaker-context.ts'
import type { Ejection } from './ejected-host-idle.ts'
import type { EjectionCount } from './ejection-return.ts'
import { type FailureRun, failureRun } from './failure-run.ts'

/** Longer than any view that a load balancer may still have. */
const outKeptMs = 60_000

export type FailureKind = 'five' | 'gateway'

export interface CurrentEjection extends Ejection {
  readonly count: EjectionCount
  readonly outlier: DeclaredOutlier | undefined
}

export interface HostHealth {
  readonly runs: Readonly<Record<FailureKind, FailureRun>> | undefined
  ejection: CurrentEjection | undefined
  previous: Ejection | undefined
  count: EjectionCount
}

export interface ClusterHealth {
  hostAt(host: string, outlier: DeclaredOutlier | undefined): HostHealth
  hosts(): Iterable<readonly [string, HostHealth]>
  outNow(): number
  /** The most that were out at a time within the span. */
  outWithin(fromMs: number, toMs: number): number
  setOut(atMs: number, out: number): void
  /** The last time at which the set of healthy hosts changed, or may have changed unseen. */
  changedMs(): number
  startOver(atMs: number): void
}

export function clusterHealth(): ClusterHealth {
  const states = new Map<string, HostHealth>()
  let changedMs = Number.NEGATIVE_INFINITY
  let out: readonly { readonly atMs: number; readonly hosts: number }[] = []
  return {
    hostAt(host, outlier) {
      const known = states.get(host)
      if (known !== undefined) return known
      const runs = outlier && {
        five: failureRun(outlier.consecutive5xx, mainThreadMs),
        gateway: failureRun(outlier.consecutiveGatewayFailure, mainThreadMs),
      }
      const fresh: HostHealth = { runs, ejection: undefined, previous: undefined, count: { low: 0, high: 0 } }
      states.set(host, fresh)
      return fresh
    },
    hosts: () => states.entries(),
    outNow: () => out.at(-1)?.hosts ?? 0,
    outWithin(fromMs, toMs) {
      let most = 0
      for (const [index, { atMs, hosts }] of out.entries()) {
        const untilMs = out[index + 1]?.atMs ?? Number.POSITIVE_INFINITY
        if (atMs <= toMs && untilMs >= fromMs) most = Math.max(most, hosts)
      }
      return most
    },
    setOut(atMs, hosts) {
      const recent = out.filter((entry, index) => index === out.length - 1 || entry.atMs > atMs - outKeptMs)
      out = [...recent, { atMs, hosts }]
      changedMs = atMs
    },
    changedMs: () => changedMs,
    startOver(atMs) {
      states.clear()
      out = []
      changedMs = atMs
    },
  }
}

export function resetRuns(host: HostHealth, atMs: number): void {
  host.runs?.five.reset(atMs)
  host.runs?.gateway.reset(atMs)
}
