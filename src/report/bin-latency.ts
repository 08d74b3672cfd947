// Latency within one bin of a time series: an HDR histogram of two significant digits (11 KB), because a suite has more than
// a thousand bins and a pixel of a chart is coarser than 1 %. A scenario's own percentiles come from stats/histogram.ts.

import { Int32Histogram } from 'hdr-histogram-js'
import { highestTrackableMs } from '../stats/histogram.ts'

export interface BinLatency {
  record(latencyMs: number, count?: number): void
  /** `percent` is 0-100. */
  percentileMs(percent: number): number
  maxMs(): number
  /** Takes over what another bin holds. */
  merge(other: BinLatency): void
  /** For `merge` only. */
  readonly histogram: Int32Histogram
}

export function binLatency(): BinLatency {
  const histogram = new Int32Histogram(1, highestTrackableMs * 1000, 2)
  let maxMs = 0
  return {
    histogram,
    merge(other) {
      histogram.add(other.histogram)
      maxMs = Math.max(maxMs, other.maxMs())
    },
    record(latencyMs, count = 1) {
      const keptMs = Math.min(highestTrackableMs, Math.max(0, latencyMs))
      histogram.recordValueWithCount(Math.round(keptMs * 1000), count)
      maxMs = Math.max(maxMs, keptMs)
    },
    // A histogram answers with the upper end of its cell, which can lie above everything that was recorded.
    percentileMs: (percent) => Math.min(maxMs, histogram.getValueAtPercentile(percent) / 1000),
    maxMs: () => maxMs,
  }
}
