// Which scenarios run side by side: batches whose attempts, planned at their worst, stay together below what the machine
// carries honestly. First fit by decreasing duration, so a batch is as long as its first scenario. It plans only; a run
// that comes out slower is found by its own measurements.

import type { MeshScenario } from '../core/scenario-record.ts'
import { rateCorners, ratePerSecondAt } from './traffic-rate.ts'

export interface PackOptions {
  readonly attemptsPerSecondMax: number
  /** The most attempts that one request can make while a fault of its scenario is on. */
  readonly worstAttempts: (record: MeshScenario) => number
  /** Isolated scenarios side by side, each with Envoys of its own. */
  readonly isolatedTogether?: number
}

export interface Batch {
  readonly scenarios: readonly MeshScenario[]
  readonly durationMs: number
  readonly peakAttemptsPerSecond: number
  /** Why the batch may be more than the machine carries. */
  readonly warnings: readonly string[]
}

/** A scenario's planned attempts as straight lines between its corners. */
interface Load {
  readonly record: MeshScenario
  readonly corners: readonly number[]
  readonly attemptsPerSecondAt: (atMs: number, side: Side) => number
}

type Side = 'before' | 'after'
const rounding = 1e-6

/** All scenarios of a batch start together. Every scenario is in exactly one batch. */
export function packScenarios(records: readonly MeshScenario[], options: PackOptions): readonly Batch[] {
  const { attemptsPerSecondMax, worstAttempts, isolatedTogether = 2 } = options
  const batches: Load[][] = []
  const longestFirst = records.toSorted((left, right) => right.durationMs - left.durationMs)
  for (const record of longestFirst) {
    const load = loadOf(record, worstAttempts(record))
    const room = batches.find((batch) => {
      const together = [...batch, load]
      if (together.filter((one) => one.record.isolated).length > isolatedTogether && record.isolated) return false
      return peakOf(together) <= attemptsPerSecondMax + rounding
    })
    if (room === undefined) batches.push([load])
    else room.push(load)
  }
  return batches.map((batch) => batchOf(batch, attemptsPerSecondMax))
}

function batchOf(loads: readonly Load[], attemptsPerSecondMax: number): Batch {
  const scenarios = loads.map((load) => load.record)
  const peakAttemptsPerSecond = peakOf(loads)
  const above = peakAttemptsPerSecond > attemptsPerSecondMax + rounding
  const names = scenarios.map((record) => record.name).join(', ')
  const warning = `${names}: up to ${Math.ceil(peakAttemptsPerSecond)} attempts/s are planned, above the ${attemptsPerSecondMax}/s that count as honest here; it runs alone`
  return {
    scenarios,
    durationMs: Math.max(...scenarios.map((record) => record.durationMs)),
    peakAttemptsPerSecond,
    warnings: above ? [warning] : [],
  }
}

function loadOf(record: MeshScenario, worstAttempts: number): Load {
  const worst = Math.max(1, worstAttempts)
  return {
    record,
    corners: [
      ...record.traffic.flatMap(rateCorners),
      ...record.faults.flatMap((fault) => [fault.fromMs, fault.untilMs]),
    ],
    attemptsPerSecondAt: (atMs, side) => {
      const rate = record.traffic.reduce((sum, traffic) => sum + ratePerSecondAt(traffic, atMs, side), 0)
      return record.faults.some((fault) => isOn(fault, atMs, side)) ? rate * worst : rate
    },
  }
}

function isOn(fault: { readonly fromMs: number; readonly untilMs: number }, atMs: number, side: Side): boolean {
  if (side === 'after') return atMs >= fault.fromMs && atMs < fault.untilMs
  return atMs > fault.fromMs && atMs <= fault.untilMs
}

/** Between corners the sum is a straight line, so its peak is at a corner, seen from the left or from the right. */
function peakOf(loads: readonly Load[]): number {
  const corners = new Set(loads.flatMap((load) => load.corners))
  const sides: readonly Side[] = ['before', 'after']
  let peak = 0
  for (const atMs of corners) {
    for (const side of sides) {
      peak = Math.max(
        peak,
        loads.reduce((sum, load) => sum + load.attemptsPerSecondAt(atMs, side), 0),
      )
    }
  }
  return peak
}
