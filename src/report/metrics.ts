// metrics.prom: the figures of a finished run for a Prometheus text file collector, by prom-client in a registry of its own.
// Names follow Prometheus: base units in the name, `_total` for counters. metrics-live.ts serves the same names during a run.

import { Registry } from 'prom-client'
import type { RunReport, ScenarioReport } from '../core/report-model.ts'
import type { Verdict } from '../core/verdict.ts'
import { pipelineMetrics, type RunMetrics, runMetrics } from './metric-names.ts'
import { fillPipeline } from './metrics-pipeline.ts'
import { oneLine } from './plain-text.ts'

const verdicts: readonly Verdict[] = ['pass', 'fail', 'inconclusive']

export async function renderMetrics(report: RunReport): Promise<string> {
  const registry = new Registry()
  const metrics = runMetrics(registry)
  metrics.info.set(
    { version: label(report.tool.version), envoy: label(report.environment.envoy), seed: label(report.seed) },
    1,
  )
  metrics.duration.set(report.durationMs / 1000)
  for (const verdict of verdicts) metrics.runVerdict.set({ verdict }, report.verdict === verdict ? 1 : 0)
  for (const scenario of report.scenarios) fill(metrics, scenario)
  const pipelines = report.scenarios.filter(({ pipeline }) => pipeline !== undefined)
  if (pipelines.length > 0) {
    const own = pipelineMetrics(registry)
    for (const { name, pipeline } of pipelines) if (pipeline !== undefined) fillPipeline(own, label(name), pipeline)
  }
  return registry.metrics()
}

function fill(metrics: RunMetrics, report: ScenarioReport): void {
  const scenario = label(report.name)
  const { requests } = report
  for (const verdict of verdicts) {
    metrics.scenarioVerdict.set({ scenario, verdict }, report.verdict === verdict ? 1 : 0)
    const expectations = report.expectations.filter((expectation) => expectation.verdict === verdict)
    metrics.expectations.set({ scenario, verdict }, expectations.length)
  }
  for (const { check, verdict, findings, moreFindings } of report.expectations) {
    metrics.findings.inc({ scenario, check: label(check), verdict }, findings.length + (moreFindings ?? 0))
  }
  metrics.sent.inc({ scenario }, requests.sent)
  for (const [outcome, count] of Object.entries(requests.byOutcome)) {
    metrics.outcomes.inc({ scenario, outcome: label(outcome) }, count)
  }
  metrics.failures.inc({ scenario }, requests.failed)
  metrics.attempts.inc({ scenario }, requests.attempts)
  for (const { listener, attempts, byStatus } of report.callers ?? []) {
    const caller = label(listener)
    for (const [status, count] of Object.entries(byStatus))
      metrics.callerRequests.inc({ scenario, caller, status }, count)
    metrics.callerAttempts.inc({ scenario, caller }, attempts)
  }
  for (const { upToMs, count } of report.histogram) metrics.latency.observe({ scenario }, upToMs / 1000, count)
  metrics.sendLag.set({ scenario }, report.sendLag.p99Ms / 1000)
  for (const fault of report.faults) metrics.faults.inc({ scenario, fault: label(fault.name) }, fault.fired)
}

const label = (text: string): string => oneLine(text, 120)
