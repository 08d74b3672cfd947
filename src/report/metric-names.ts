// The names, help texts and labels of every metric, once for the file written after a run and for the port served during
// it. The registry is the caller's; prom-client's global one stays empty.

import { Counter, Gauge, type Registry } from 'prom-client'
import { type BucketCounter, bucketCounter } from './metric-buckets.ts'

export type RunMetrics = ReturnType<typeof runMetrics>
export type PipelineMetrics = ReturnType<typeof pipelineMetrics>

function makers(registry: Registry) {
  const registers = [registry]
  return {
    counter: <L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> =>
      new Counter({ name: `shaketable_${name}`, help, labelNames, registers }),
    gauge: <L extends string>(name: string, help: string, labelNames: readonly L[]): Gauge<L> =>
      new Gauge({ name: `shaketable_${name}`, help, labelNames, registers }),
  }
}

export function runMetrics(registry: Registry) {
  const { counter, gauge } = makers(registry)
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
    callerRequests: counter('caller_requests_total', 'Requests by the listener that they came in by.', [
      'scenario',
      'caller',
      'status',
    ]),
    callerAttempts: counter('caller_attempts_total', 'Attempts upstream by the listener of their request.', [
      'scenario',
      'caller',
    ]),
    latency,
    sendLag: gauge('scenario_send_lag_p99_seconds', "The generator's own lag between intended and actual send.", [
      'scenario',
    ]),
    faults: counter('scenario_faults_fired_total', 'How often each fault really fired.', ['scenario', 'fault']),
  }
}

export function pipelineMetrics(registry: Registry) {
  const { counter, gauge } = makers(registry)
  return {
    objects: counter('pipeline_objects_total', 'Objects that S3 took.', ['scenario']),
    bytes: counter('pipeline_object_bytes_total', 'Bytes of the objects that S3 took.', ['scenario']),
    lines: gauge('pipeline_lines', 'Lines that were put, by where they ended.', ['scenario', 'end']),
    extraDeliveries: counter('pipeline_extra_deliveries_total', 'Deliveries of a line beyond its first.', ['scenario']),
    records: counter('pipeline_lane_records_total', 'Event records that came into a lane.', ['scenario', 'lane']),
    deliveredLines: counter('pipeline_lane_delivered_lines_total', 'First deliveries of lines.', ['scenario', 'lane']),
    backlog: gauge('pipeline_lane_backlog_max_records', 'Most records that waited in a lane.', ['scenario', 'lane']),
    freshness: gauge(
      'pipeline_lane_freshness_seconds',
      'From the put to the first delivery, over lines; quantile 1 is the maximum.',
      ['scenario', 'lane', 'quantile'],
    ),
    hop: gauge('pipeline_hop_seconds', 'From one station to the next, over objects; quantile 1 is the maximum.', [
      'scenario',
      'lane',
      'from',
      'to',
      'quantile',
    ]),
    invocations: counter('pipeline_function_invocations_total', 'Invocations of a function.', ['scenario', 'function']),
    retries: counter('pipeline_function_retries_total', 'Invocations again after a failure.', ['scenario', 'function']),
    duplicates: counter('pipeline_function_duplicates_total', 'Invocations again without a failure.', [
      'scenario',
      'function',
    ]),
    failures: counter('pipeline_function_failures_total', 'Failed invocations by kind of error.', [
      'scenario',
      'function',
      'error',
    ]),
    calls: counter('pipeline_aws_calls_total', 'Calls through the AWS fault hop.', [
      'scenario',
      'function',
      'service',
      'operation',
    ]),
    callErrors: counter('pipeline_aws_call_errors_total', 'Calls whose caller was told of an error, or of nothing.', [
      'scenario',
      'function',
      'service',
      'operation',
    ]),
    drained: counter('pipeline_drained_items_total', 'Items that left the ErrorTaskTable.', ['scenario']),
  }
}
