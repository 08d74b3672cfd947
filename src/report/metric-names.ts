// The names, help texts and labels of every metric, once for the file written after a run and for the port served during
// it. The registry is the caller's; prom-client's global one stays empty.

import { Counter, Gauge, type Registry } from 'prom-client'
import { type BucketCounter, bucketCounter } from './metric-buckets.ts'

export type RunMetrics = ReturnType<typeof runMetrics>

export function runMetrics(registry: Registry) {
  const registers = [registry]
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> =>
    new Counter({ name: `shaketable_${name}`, help, labelNames, registers })
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[]): Gauge<L> =>
    new Gauge({ name: `shaketable_${name}`, help, labelNames, registers })
  const latency: BucketCounter = bucketCounter(registry, {
    name: 'shaketable_scenario_latency_seconds',
    help: 'Time from the intended send to the whole answer. In a report file the sum is an upper bound, made of cell edges.',
  })
  return {
    info: gauge('run_info', 'Always 1; what ran is in the labels.', ['version', 'envoy', 'seed']),
    duration: gauge('run_duration_seconds', 'Wall time of the run.', []),
    runVerdict: gauge('run_verdict', '1 for the verdict of the run, 0 for the others.', ['verdict']),
    scenarioVerdict: gauge('scenario_verdict', '1 for the verdict of the scenario, 0 for the others.', [
      'scenario',
      'verdict',
    ]),
    expectations: gauge('scenario_expectations', 'Expectations by verdict.', ['scenario', 'verdict']),
    findings: counter('scenario_findings_total', 'Findings by the check that made them.', [
      'scenario',
      'check',
      'verdict',
    ]),
    sent: counter('scenario_requests_total', 'Requests sent.', ['scenario']),
    outcomes: counter('scenario_outcomes_total', 'Requests by status code or client error.', ['scenario', 'outcome']),
    failures: counter('scenario_failures_total', 'Requests without a whole answer of a status below 500.', [
      'scenario',
    ]),
    attempts: counter('scenario_attempts_total', 'Attempts that the Envoy under test made upstream.', ['scenario']),
    latency,
    sendLag: gauge('scenario_send_lag_p99_seconds', "The generator's own lag between intended and actual send.", [
      'scenario',
    ]),
    faults: counter('scenario_faults_fired_total', 'How often each fault really fired.', ['scenario', 'fault']),
  }
}
