// Counts latencies into fixed logarithmic cells for the distribution plot and for Prometheus. Ten cells a decade (the
// R10 series), so that 1, 2 and 5 of every decade are edges and a Prometheus bucket on them is exact.

import { bisectLeft } from 'd3-array'

const steps = [1, 1.25, 1.6, 2, 2.5, 3.2, 4, 5, 6.3, 8]
const decades = [0.1, 1, 10, 100, 1000, 10_000, 100_000]

/** Upper edges in milliseconds, 0.1 ms to 800 s. What is above the last lands in the last. */
export const distributionEdgesMs: readonly number[] = decades.flatMap((decade) =>
  steps.map((step) => Number((decade * step).toPrecision(3))),
)

export interface Distribution {
  record(latencyMs: number): void
  /** From the first to the last cell that holds anything. */
  finish(): readonly { readonly upToMs: number; readonly count: number }[]
}

export function collectDistribution(): Distribution {
  const counts = distributionEdgesMs.map(() => 0)
  return {
    record(latencyMs) {
      if (!Number.isFinite(latencyMs)) return
      const cell = Math.min(bisectLeft(distributionEdgesMs, latencyMs), counts.length - 1)
      counts[cell] = (counts[cell] ?? 0) + 1
    },
    finish() {
      const first = counts.findIndex((count) => count > 0)
      const last = counts.findLastIndex((count) => count > 0)
      if (first < 0) return []
      return distributionEdgesMs.map((upToMs, cell) => ({ upToMs, count: counts[cell] ?? 0 })).slice(first, last + 1)
    },
  }
}
