// When requests are due: an open-loop plan made before the run, so a slow server cannot slow the load down. Every kind of
// arrivals is the same two steps: positions on the axis "requests expected so far" (evenly spaced, or with exponential
// gaps for Poisson), brought onto the time axis through the inverse of the expected count. Nothing is sent here.

import { InputError } from '../core/errors.ts'
import { randomStream } from '../core/random.ts'
import type { TrafficRecord } from '../core/scenario-record.ts'

/** More than this from one traffic entry is a slip of the pen, and would not fit in memory side by side. */
const plannedRequestsMax = 1_000_000

/** Requests of a mesh, or objects of a pipeline. */
export type Arriving = Pick<TrafficRecord, 'arrivals' | 'ratePerSecond' | 'fromMs' | 'untilMs'>

/** A stretch of time over which the rate is linear; rates are per millisecond. */
interface Stretch {
  readonly fromMs: number
  readonly untilMs: number
  readonly fromRate: number
  readonly toRate: number
}

/**
 * Send times in milliseconds since the scenario's start, ascending, within [fromMs, untilMs). Constant, ramp and step
 * have exactly the expected number of requests (rounded), evenly spaced in their rate with a phase of their own, so
 * that scenarios side by side do not beat in step; Poisson draws its number too. The same seed and name give the same
 * times; two names give independent ones.
 * @throws InputError above `plannedRequestsMax` requests
 */
export function planArrivals(traffic: Arriving, seed: string, name: string): readonly number[] {
  const stretches = stretchesOf(traffic)
  const expected = stretches.reduce((sum, stretch) => sum + expectedRequests(stretch), 0)
  if (!(expected <= plannedRequestsMax)) {
    throw new InputError(
      `traffic of "${name}" plans ${expected.toFixed(0)} requests, at most ${plannedRequestsMax} expected\n` +
        '  hint: lower ratePerSecond or shorten the duration',
    )
  }
  const random = randomStream(seed, `arrivals:${name}`)
  const positions =
    traffic.arrivals.kind === 'poisson' ? poissonPositions(expected, random) : evenPositions(expected, random)
  return timesAt(positions, stretches)
}

function stretchesOf({ arrivals, ratePerSecond, fromMs, untilMs }: Arriving): readonly Stretch[] {
  if (untilMs <= fromMs) return []
  const fromRate = ratePerSecond / 1000
  switch (arrivals.kind) {
    case 'constant':
    case 'poisson':
      return [{ fromMs, untilMs, fromRate, toRate: fromRate }]
    case 'ramp':
      return [{ fromMs, untilMs, fromRate, toRate: arrivals.toPerSecond / 1000 }]
    case 'step': {
      const atMs = Math.min(Math.max(arrivals.atMs, fromMs), untilMs)
      const toRate = arrivals.toPerSecond / 1000
      return [
        { fromMs, untilMs: atMs, fromRate, toRate: fromRate },
        { fromMs: atMs, untilMs, fromRate: toRate, toRate },
      ]
    }
  }
}

function expectedRequests(stretch: Stretch): number {
  return ((stretch.fromRate + stretch.toRate) / 2) * (stretch.untilMs - stretch.fromMs)
}

function evenPositions(expected: number, random: () => number): readonly number[] {
  const count = Math.round(expected)
  // The phase stays clear of 1, so that rounding cannot push the last request out of the window.
  const phase = random() * 0.999
  return Array.from({ length: count }, (_, index) => ((index + phase) * expected) / count)
}

function poissonPositions(expected: number, random: () => number): readonly number[] {
  const positions: number[] = []
  let position = -Math.log(1 - random())
  // Twice the allowed mean is out of reach for a Poisson count, so this limit never shapes the plan.
  while (position < expected && positions.length < 2 * plannedRequestsMax) {
    positions.push(position)
    position -= Math.log(1 - random())
  }
  return positions
}

function timesAt(positions: readonly number[], stretches: readonly Stretch[]): readonly number[] {
  const timesMs: number[] = []
  let index = 0
  let before = 0
  for (const [order, stretch] of stretches.entries()) {
    const within = expectedRequests(stretch)
    const isLast = order === stretches.length - 1
    for (; index < positions.length; index++) {
      const position = (positions[index] ?? 0) - before
      if (position >= within && !isLast) break
      timesMs.push(stretch.fromMs + timeFor(position, stretch))
    }
    before += within
  }
  return timesMs
}

/** Inverse of `fromRate t + slope t^2 / 2`, in the form that stays exact when the slope is 0 or the rate starts at 0. */
function timeFor(position: number, { fromMs, untilMs, fromRate, toRate }: Stretch): number {
  if (position <= 0) return 0
  const slope = (toRate - fromRate) / (untilMs - fromMs)
  return (2 * position) / (fromRate + Math.sqrt(Math.max(0, fromRate * fromRate + 2 * slope * position)))
}
