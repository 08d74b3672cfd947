// What rules about a whole cluster are given: the declared policy over time, pushes, the machine's lag, and where to
// report. One for each scenario.

import type { DeclaredCluster } from '../../mesh/policy.ts'
import type { Activity } from './activity.ts'
import { latenessMaxMs, type MachineLag } from './lateness.ts'
import type { PushWindows } from './push-windows.ts'
import type { Report, WholeRequest } from './rule.ts'

export interface ClusterContext {
  readonly name: string
  readonly hosts: number
  /** A fault of TCP is aimed at it, so that a connection may take its time. */
  readonly hindered?: boolean
  readonly tickMs: number
  /** Error of the stamps that are compared. */
  readonly marginMs: number
  readonly pushes: PushWindows
  readonly lag: MachineLag
  readonly activity: Activity
  readonly report: Report
}

/** A rule that watches all requests to one cluster. */
export interface ClusterWatch {
  admit(request: WholeRequest): void
  advance(watermarkMs: number): void
}

export function declaredAt(context: ClusterContext, atMs: number): DeclaredCluster | undefined {
  return context.pushes.policyAt(atMs).clusters.find((cluster) => cluster.name === context.name)
}

/**
 * Ejections are decided and undone on Envoy's main thread, which leaves no stamps of its own; this much later it acted at
 * worst on a machine with every core busy.
 */
export const mainThreadMs = 50

/** How late the main thread is for certain not, however late the rest of the machine was. */
export function mainThreadSurelyMs(lagMs: number): number {
  return Math.max(10 * mainThreadMs, 4 * lagMs)
}

/** The machine's lag around a moment, and whether it is too large for timed rules that have no other proof. */
export function lagAround(context: ClusterContext, atMs: number): { readonly lagMs: number; readonly late: boolean } {
  const lagMs = context.lag.worstMs(atMs, atMs)
  return { lagMs, late: lagMs > latenessMaxMs }
}
