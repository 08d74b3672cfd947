// Time comes in through this one door. Every process of ours stamps CLOCK_MONOTONIC (`process.hrtime`), which has one
// origin for the whole machine; `performance.now()` has another origin in every worker. Wall times of Envoy's logs are
// brought onto it with a measured offset.

/** Milliseconds on CLOCK_MONOTONIC, with microsecond fractions. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000
}

/** The wall clock in milliseconds since the epoch, with the precision that the platform gives. */
export function wallMs(): number {
  return performance.timeOrigin + performance.now()
}

/**
 * Wall clock minus monotonic clock, in milliseconds: the smallest bracket of `samples` readings.
 * `errorMs` is half the width of that bracket.
 */
export function measureWallOffset(samples = 5): { readonly offsetMs: number; readonly errorMs: number } {
  let best = { offsetMs: 0, errorMs: Number.POSITIVE_INFINITY }
  for (let sample = 0; sample < samples; sample++) {
    const before = monotonicMs()
    const wall = Date.now()
    // Date.now() has whole milliseconds: spin to its next tick, so that the reading is exact.
    let tick = Date.now()
    let after = monotonicMs()
    let lastBefore = before
    while (tick === wall) {
      lastBefore = after
      tick = Date.now()
      after = monotonicMs()
    }
    const errorMs = (after - lastBefore) / 2
    if (errorMs < best.errorMs) best = { offsetMs: tick - (lastBefore + after) / 2, errorMs }
  }
  return best
}

/** ISO 8601 of now, for people; nothing is computed from it. */
export function isoNow(): string {
  return new Date().toISOString()
}
