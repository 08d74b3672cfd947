// Arbitrary run reports for property tests: any text anywhere, empty lists, odd numbers. Everything the types allow and a
// hostile config could bring about.

import fc from 'fast-check'
import { type RunReport, reportSchema } from '../core/report-model.ts'
import { arbitraryComparison } from './arbitrary-comparison.ts'
import { arbitraryPipeline } from './arbitrary-pipeline.ts'

const nasty = fc.constantFrom(
  '',
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "'; --",
  ']]>',
  '&amp;',
  '\u202Eevil\u202C',
  'مرحبا 👩‍👩‍👧 <b>',
  '\u0000\u0007\ud800',
  '```\n| a | b |',
  '</style><script>',
  'x'.repeat(10_000),
)
const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), nasty)
const verdict = fc.constantFrom('pass' as const, 'fail' as const, 'inconclusive' as const)
const count = fc.oneof(fc.nat(5), fc.nat(1_000_000))
const ms = fc.oneof(
  fc.double({ min: 0, max: 200_000, noNaN: true }),
  fc.constantFrom(0, 1e-9, 1e12, Number.NaN, Number.POSITIVE_INFINITY, -5),
)
const optional = { noNullPrototype: true }
const counts = fc.dictionary(text, count, { maxKeys: 6, ...optional })

const row = fc.record({
  startMs: ms,
  endMs: ms,
  lane: text,
  label: text,
  outcome: fc.constantFrom('ok' as const, 'failed' as const, 'waiting' as const),
})
const timeline = fc.array(row, { maxLength: 6 })
const configLine = fc.record(
  { file: text, line: fc.nat(), column: fc.nat(), pointer: text, text },
  { requiredKeys: ['file', 'text'], ...optional },
)
const finding = fc.record(
  {
    rule: text,
    message: text,
    expected: text,
    observed: text,
    requestId: text,
    object: text,
    line: fc.nat(),
    config: configLine,
    timeline,
  },
  { requiredKeys: ['rule', 'message'], ...optional },
)
const expectation = fc.record(
  {
    check: text,
    text,
    verdict,
    summary: text,
    looked: count,
    skipped: count,
    findings: fc.array(finding, { maxLength: 4 }),
    moreFindings: count,
    figures: fc.dictionary(text, ms, { maxKeys: 3, ...optional }),
  },
  { requiredKeys: ['check', 'text', 'verdict', 'summary', 'looked', 'findings'], ...optional },
)
const bin = fc.record(
  { fromMs: ms, sent: count, failed: count, attempts: count, p50Ms: ms, p99Ms: ms, maxMs: ms },
  { requiredKeys: ['fromMs', 'sent', 'failed', 'attempts'], ...optional },
)
const fault = fc.record(
  {
    name: text,
    kind: text,
    target: text,
    host: fc.nat(9),
    fromMs: ms,
    untilMs: ms,
    config: fc.jsonValue(),
    about: text,
    fired: count,
  },
  { requiredKeys: ['name', 'kind', 'target', 'fromMs', 'untilMs', 'config', 'about', 'fired'], ...optional },
)
const nodeId = fc.oneof(fc.constantFrom('load', 'envoy', 'a', 'b'), text)
const graph = fc.record({
  nodes: fc.array(fc.record({ id: nodeId, label: text, column: fc.nat(5), faulty: fc.boolean() }), { maxLength: 8 }),
  edges: fc.array(
    fc.record({ from: nodeId, to: nodeId, ratePerSecond: ms, errorRatio: fc.double({ min: 0, max: 1, noNaN: true }) }),
    {
      maxLength: 8,
    },
  ),
})
const exemplar = fc.record({
  requestId: text,
  story: text,
  atMs: ms,
  latencyMs: ms,
  failed: fc.boolean(),
  timeline: fc.option(timeline, { nil: undefined }),
})
const scenario = fc.record(
  {
    name: text,
    about: text,
    file: text,
    verdict,
    durationMs: ms,
    falseAlarm: fc.record({ probability: fc.double({ min: 0, max: 1, noNaN: true }), because: text }),
    expectations: fc.array(expectation, { maxLength: 3 }),
    requests: fc.record({
      sent: count,
      succeeded: count,
      failed: count,
      attempts: count,
      byOutcome: counts,
      byAttempts: counts,
    }),
    latency: fc.record({ p50Ms: ms, p90Ms: ms, p99Ms: ms, maxMs: ms }),
    sendLag: fc.record({ p50Ms: ms, p99Ms: ms, maxMs: ms }),
    series: fc.array(bin, { maxLength: 8 }),
    binMs: ms,
    histogram: fc.array(fc.record({ upToMs: ms, count }), { maxLength: 8 }),
    faults: fc.array(fault, { maxLength: 3 }),
    marks: fc.array(fc.record({ atMs: ms, label: text }), { maxLength: 3 }),
    counters: fc.dictionary(text, fc.integer(), { maxKeys: 5, ...optional }),
    graph,
    logLines: fc.array(fc.record({ atMs: ms, process: text, level: text, text }), { maxLength: 3 }),
    examples: fc.array(fc.record({ requestId: text, story: text, timeline: fc.option(timeline, { nil: undefined }) }), {
      maxLength: 3,
    }),
    exemplars: fc.array(exemplar, { maxLength: 3 }),
    configChanges: fc.array(text, { maxLength: 3 }),
    pipeline: arbitraryPipeline(text, count, ms, timeline),
  },
  {
    requiredKeys: [
      'name',
      'about',
      'file',
      'verdict',
      'durationMs',
      'expectations',
      'requests',
      'latency',
      'sendLag',
      'series',
      'binMs',
      'histogram',
      'faults',
      'marks',
      'counters',
      'graph',
      'logLines',
      'examples',
      'configChanges',
    ],
    ...optional,
  },
)

export const arbitraryReport: fc.Arbitrary<RunReport> = fc.record(
  {
    schema: fc.constant(reportSchema),
    tool: fc.record({ name: fc.constant('shaketable' as const), version: text }),
    startedAt: fc.oneof(fc.constant('2026-03-14T09:26:53.589Z'), text),
    seed: text,
    replay: text,
    verdict,
    exitCode: fc.nat(70),
    problems: fc.array(text, { maxLength: 2 }),
    durationMs: ms,
    environment: fc.record(
      { envoy: text, node: text, localstack: text, readyMs: ms },
      { requiredKeys: ['envoy', 'node'], ...optional },
    ),
    scenarios: fc.array(scenario, { maxLength: 4 }),
    comparison: arbitraryComparison(text, verdict, count, ms),
  },
  {
    requiredKeys: [
      'schema',
      'tool',
      'startedAt',
      'seed',
      'replay',
      'verdict',
      'exitCode',
      'problems',
      'durationMs',
      'environment',
      'scenarios',
    ],
    ...optional,
  },
)
