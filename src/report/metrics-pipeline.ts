// The figures of a pipeline's scenario as metrics. Quantiles are gauges: they were computed over the whole scenario and are
// no summary that a server could add up.

import type { PipelineReport, SpreadReport } from '../core/report-pipeline.ts'
import type { PipelineMetrics } from './metric-names.ts'
import { ends, endWords } from './pipeline/words.ts'
import { oneLine } from './plain-text.ts'

export function fillPipeline(metrics: PipelineMetrics, scenario: string, pipeline: PipelineReport): void {
  const { ledger } = pipeline
  metrics.objects.inc({ scenario }, ledger.objects)
  metrics.bytes.inc({ scenario }, ledger.bytes)
  for (const end of ends) metrics.lines.set({ scenario, end: endWords[end].word }, ledger[end])
  metrics.extraDeliveries.inc({ scenario }, ledger.extraDeliveries)
  metrics.drained.inc({ scenario }, ledger.drainedItems)
  for (const { lane, records, deliveredLines, backlogMax, freshness } of pipeline.lanes) {
    metrics.records.inc({ scenario, lane }, records)
    metrics.deliveredLines.inc({ scenario, lane }, deliveredLines)
    metrics.backlog.set({ scenario, lane }, backlogMax)
    setQuantiles(freshness, (quantile, seconds) => metrics.freshness.set({ scenario, lane, quantile }, seconds))
  }
  for (const { lane, from, to, ...spread } of pipeline.hops) {
    setQuantiles(spread, (quantile, seconds) => metrics.hop.set({ scenario, lane, from, to, quantile }, seconds))
  }
  for (const one of pipeline.functions) {
    const of = { scenario, function: label(one.function) }
    metrics.invocations.inc(of, one.invocations)
    metrics.retries.inc(of, one.retries)
    metrics.duplicates.inc(of, one.duplicates)
    for (const [error, count] of Object.entries(one.failures)) {
      metrics.failures.inc({ ...of, error: label(error) }, count)
    }
  }
  for (const call of pipeline.calls) {
    const { service, operation } = call
    const of = { scenario, function: label(call.function), service: label(service), operation: label(operation) }
    metrics.calls.inc(of, call.count)
    metrics.callErrors.inc(of, call.errors)
  }
}

function setQuantiles(spread: SpreadReport, set: (quantile: string, seconds: number) => void): void {
  if (spread.count === 0) return
  set('0.5', spread.p50Ms / 1000)
  set('0.99', spread.p99Ms / 1000)
  set('1', spread.maxMs / 1000)
}

const label = (text: string): string => oneLine(text, 120)
