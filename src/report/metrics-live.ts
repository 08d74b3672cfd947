// Metrics while a run is going on: history events counted under the names of metrics.ts. It counts what it is told and
// judges nothing, so verdicts appear in the file after the run only.

import { Gauge, Registry } from 'prom-client'
import type { HistoryEvent, NewEvent } from '../core/history.ts'
import { type PipelineMetrics, pipelineMetrics, runMetrics } from './metric-names.ts'
import { hasLatency, outcomeOf, succeeded } from './outcome.ts'
import { failed } from './pipeline/collect-calls.ts'
import { oneLine } from './plain-text.ts'

export interface LiveMetrics {
  readonly registry: Registry
  update(event: HistoryEvent | NewEvent): void
}

export function liveMetrics(): LiveMetrics {
  const registry = new Registry()
  const metrics = runMetrics(registry)
  const pipeline = pipelineMetrics(registry)
  const open = new Gauge({
    name: 'shaketable_scenario_open_requests',
    help: 'Requests sent and not yet answered.',
    labelNames: ['scenario'],
    registers: [registry],
  })
  return {
    registry,
    update(event) {
      const scenario = oneLine(event.scenario, 120)
      if (event.kind === 'request-sent') {
        metrics.sent.inc({ scenario })
        open.inc({ scenario })
      } else if (event.kind === 'request-answered') {
        open.dec({ scenario })
        metrics.outcomes.inc({ scenario, outcome: outcomeOf(event) })
        if (!succeeded(event)) metrics.failures.inc({ scenario })
        if (hasLatency(event)) metrics.latency.observe({ scenario }, event.latencyMs / 1000)
      } else if (event.kind === 'request-logged' && event.listener !== undefined) {
        const caller = label(event.listener)
        metrics.callerRequests.inc({ scenario, caller, status: event.code })
        metrics.callerAttempts.inc({ scenario, caller }, event.attempts)
      } else if (event.kind === 'attempt-logged' && event.host !== '') metrics.attempts.inc({ scenario })
      else if (event.kind === 'attempt-seen') {
        if (event.flags.includes('FI')) metrics.faults.inc({ scenario, fault: 'abort' })
        if (event.flags.includes('DI')) metrics.faults.inc({ scenario, fault: 'delay' })
        if (event.kibPerSecond !== undefined) metrics.faults.inc({ scenario, fault: 'throughput' })
      } else if (event.kind === 'fault-injected') metrics.faults.inc({ scenario, fault: oneLine(event.fault, 120) })
      else countPipeline(pipeline, scenario, event)
    },
  }
}

/** Where lines end is known at the end only; what happens is counted as it happens. */
function countPipeline(pipeline: PipelineMetrics, scenario: string, event: HistoryEvent | NewEvent): void {
  if (event.kind === 'object-put' && event.error === undefined) {
    pipeline.objects.inc({ scenario })
    pipeline.bytes.inc({ scenario }, event.bytes)
  } else if (event.kind === 'record-in-lane') pipeline.records.inc({ scenario, lane: event.lane })
  else if (event.kind === 'function-invoked') pipeline.invocations.inc({ scenario, function: label(event.function) })
  else if (event.kind === 'function-failed') {
    pipeline.failures.inc({ scenario, function: label(event.function), error: event.error })
  } else if (event.kind === 'aws-called') {
    const { service, operation } = event
    const of = { scenario, function: label(event.function), service: label(service), operation: label(operation) }
    pipeline.calls.inc(of)
    if (failed(event)) pipeline.callErrors.inc(of)
  } else if (event.kind === 'item-drained') pipeline.drained.inc({ scenario })
}

const label = (text: string): string => oneLine(text, 120)
