// Latency while a run is going on, in logarithmic cells of 12 %: a quarter of a kilobyte a bin, whatever passes through. The
// report's own percentiles come from stats/histogram.ts.

const cellsPerDecade = 20
const lowestMs = 0.1
const decades = 6
const cells = cellsPerDecade * decades

export interface CoarseLatency {
  record(latencyMs: number): void
  merge(other: CoarseLatency): void
  /** `percent` is 0-100; the middle of the cell. Undefined while there is nothing. */
  percentileMs(percent: number): number | undefined
  /** For `merge` only. */
  readonly counts: Uint32Array
}

export function coarseLatency(): CoarseLatency {
  const counts = new Uint32Array(cells)
  return {
    counts,
    record(latencyMs) {
      const cell = Math.floor(Math.log10(Math.max(lowestMs, latencyMs) / lowestMs) * cellsPerDecade)
      const kept = Math.min(cells - 1, Math.max(0, cell))
      counts[kept] = (counts[kept] ?? 0) + 1
    },
    merge(other) {
      other.counts.forEach((count, cell) => {
        counts[cell] = (counts[cell] ?? 0) + count
      })
    },
    percentileMs(percent) {
      const total = counts.reduce((sum, count) => sum + count, 0)
      if (total === 0) return undefined
      let left = Math.max(1, Math.ceil((total * percent) / 100))
      const cell = counts.findIndex((count) => {
        left -= count
        return left <= 0
      })
      return Number((lowestMs * 10 ** ((cell + 0.5) / cellsPerDecade)).toPrecision(2))
    },
  }
}
