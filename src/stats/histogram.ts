// Latencies in three significant digits at constant memory (74 KB), from hdr-histogram-js. Values are milliseconds outside
// and whole microseconds inside, because the library truncates. Above 120 s it would throw: such values are kept as 120 s
// and counted in `clamped`. The plain typed-array build is used rather than the WebAssembly one: at 0.13 us a value it is
// no bottleneck, nothing must be freed by hand, and it lets us count between edges.

import { Int32Histogram } from 'hdr-histogram-js'

/** What is trackable; above it values are clamped. */
export const highestTrackableMs = 120_000

/** The figures of a distribution that reports show. All zero when `count` is. */
export interface Spread {
  readonly count: number
  readonly p50Ms: number
  readonly p90Ms: number
  readonly p99Ms: number
  readonly p999Ms: number
  readonly maxMs: number
  readonly meanMs: number
}

export class Histogram {
  readonly #buckets = new Int32Histogram(1, highestTrackableMs * 1000, 3)
  #clamped = 0
  #sumMs = 0
  #maxMs = 0

  /** Negative values count as 0; what is no number is a programmer error. */
  record(valueMs: number): void {
    if (Number.isNaN(valueMs)) throw new RangeError('a histogram takes numbers, NaN was given')
    const keptUs = Math.round(Math.min(Math.max(valueMs, 0), highestTrackableMs) * 1000)
    const keptMs = keptUs / 1000
    if (valueMs > highestTrackableMs) this.#clamped++
    this.#buckets.recordValue(keptUs)
    this.#sumMs += keptMs
    this.#maxMs = Math.max(this.#maxMs, keptMs)
  }

  get count(): number {
    return this.#buckets.totalCount
  }

  /** How many values were above 120 s and are kept as 120 s. */
  get clamped(): number {
    return this.#clamped
  }

  /** Exact to the microsecond, not rounded to a bucket. */
  get maxMs(): number {
    return this.#maxMs
  }

  /** Of the exact values, not of buckets. 0 when empty. */
  get meanMs(): number {
    return this.count === 0 ? 0 : this.#sumMs / this.count
  }

  /**
   * The smallest recorded value that `percent` (0-100) of all values do not exceed, within 0.1 %; 0 when empty.
   */
  percentileMs(percent: number): number {
    if (!(percent >= 0 && percent <= 100)) throw new RangeError(`a percentile lies in 0-100, ${percent} was given`)
    if (this.count === 0) return 0
    return Math.min(this.#buckets.getValueAtPercentile(percent) / 1000, this.#maxMs)
  }

  merge(other: Histogram): void {
    this.#buckets.add(other.#buckets)
    this.#clamped += other.#clamped
    this.#sumMs += other.#sumMs
    this.#maxMs = Math.max(this.#maxMs, other.#maxMs)
  }

  /**
   * Counts between ascending edges: element i counts values in [edge i-1, edge i), the first those below the first edge,
   * the last those at or above the last edge. An edge acts on whole buckets: a value equal to it is always on its upper
   * side, and so may be values up to 0.1 % below it. The sum is always `count`.
   */
  countsByEdges(edgesMs: readonly number[]): readonly number[] {
    const counts = new Array<number>(edgesMs.length + 1).fill(0)
    const last = this.count === 0 ? -1 : this.#buckets.countsArrayIndex(Math.round(this.#maxMs * 1000))
    let slot = 0
    for (let index = 0; index <= last; index++) {
      const endMs = this.#buckets.nextNonEquivalentValue(this.#buckets.valueFromIndex(index)) / 1000
      while (slot < edgesMs.length && endMs > (edgesMs[slot] ?? Number.POSITIVE_INFINITY)) slot++
      counts[slot] = (counts[slot] ?? 0) + this.#buckets.getCountAtIndex(index)
    }
    return counts
  }

  spread(): Spread {
    return {
      count: this.count,
      p50Ms: this.percentileMs(50),
      p90Ms: this.percentileMs(90),
      p99Ms: this.percentileMs(99),
      p999Ms: this.percentileMs(99.9),
      maxMs: this.maxMs,
      meanMs: Math.round(this.meanMs * 1000) / 1000,
    }
  }
}
