// How many requests a traffic plans, and how fast at each moment: plain arithmetic on the record, without chance. The
// arrival processes themselves are the generator's.

import type { ArrivalsRecord } from '../core/scenario-record.ts'

/** What arrives at a rate in a window: requests, objects. */
export interface Arriving {
  readonly ratePerSecond: number
  readonly arrivals: ArrivalsRecord
  readonly fromMs: number
  readonly untilMs: number
}

/** Requests per second at `atMs`, coming from the left (the rate just before) or from the right (just after). */
export function ratePerSecondAt(traffic: Arriving, atMs: number, side: 'before' | 'after'): number {
  const { fromMs, untilMs, ratePerSecond, arrivals } = traffic
  const inside = side === 'after' ? atMs >= fromMs && atMs < untilMs : atMs > fromMs && atMs <= untilMs
  if (!inside) return 0
  if (arrivals.kind === 'ramp') {
    return ratePerSecond + ((arrivals.toPerSecond - ratePerSecond) * (atMs - fromMs)) / (untilMs - fromMs)
  }
  if (arrivals.kind === 'step') {
    const stepped = side === 'after' ? atMs >= arrivals.atMs : atMs > arrivals.atMs
    return stepped ? arrivals.toPerSecond : ratePerSecond
  }
  return ratePerSecond
}

/** Moments between which the rate is a straight line. */
export function rateCorners(traffic: Arriving): readonly number[] {
  const step = traffic.arrivals.kind === 'step' ? [traffic.arrivals.atMs] : []
  return [traffic.fromMs, ...step, traffic.untilMs]
}

/** Requests that the scenario plans: exact for evenly spaced arrivals, the mean (rounded down) for Poisson's. */
export function plannedRequests(all: readonly Arriving[]): number {
  const planned = all.reduce((sum, traffic) => sum + plannedByTraffic(traffic), 0)
  return Math.floor(planned + 1e-6)
}

function plannedByTraffic(traffic: Arriving): number {
  const corners = rateCorners(traffic)
  let requests = 0
  for (const [index, endMs] of corners.entries()) {
    const startMs = corners[index - 1]
    if (startMs === undefined || endMs <= startMs) continue
    const mean = (ratePerSecondAt(traffic, startMs, 'after') + ratePerSecondAt(traffic, endMs, 'before')) / 2
    requests += (mean * (endMs - startMs)) / 1000
  }
  return traffic.arrivals.kind === 'poisson' ? requests : Math.round(requests)
}
