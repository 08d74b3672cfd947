// The four figures of a distribution that a pipeline's report shows.

import type { SpreadReport } from '../../core/report-pipeline.ts'
import type { Histogram } from '../../stats/histogram.ts'

export function spreadOf(histogram: Histogram): SpreadReport {
  return {
    count: histogram.count,
    p50Ms: histogram.percentileMs(50),
    p99Ms: histogram.percentileMs(99),
    maxMs: histogram.maxMs,
  }
}
