// A rich made-up report for the tests of the reporters and for looking at them: three scenarios (one fails with findings, one
// could not be judged, one passes), full of figures that fit together. The same every time; nothing here was measured.

import { decide } from '../core/random.ts'
import type {
  ExpectationReport,
  MeshGraph,
  RequestExample,
  RequestExemplar,
  RunReport,
  ScenarioReport,
  SeriesBin,
} from '../core/report-model.ts'
import type { Finding, TimelineRow, Verdict } from '../core/verdict.ts'
import { sampleComparison } from './sample-comparison.ts'

export function sampleReport(): RunReport {
  const scenarios = [passing(), failing(), inconclusive()]
  return {
    schema: 1,
    tool: { name: 'shaketable', version: '0.1.0' },
    startedAt: '2026-03-14T09:26:53.589Z',
    seed: '7b1d9c04',
    replay: 'npx shaketable run scenarios/mesh --seed 7b1d9c04',
    verdict: 'fail',
    exitCode: 1,
    problems: [],
    durationMs: 21_480,
    environment: { envoy: '1.40.0', node: '24.21.0', readyMs: 840 },
    scenarios,
    comparison: sampleComparison,
  }
}

/** A report with `count` scenarios, each as full as the sample's. */
export function largeReport(count: number): RunReport {
  const kinds = [failing, passing, inconclusive]
  const scenarios = Array.from({ length: count }, (_, index) => {
    const scenario = (kinds[index % kinds.length] ?? passing)()
    return { ...scenario, name: `${scenario.name}-${index + 1}` }
  })
  return { ...sampleReport(), scenarios }
}

const common = {
  falseAlarm: {
    probability: 8.4e-8,
    because:
      'Binomial: 900 requests, each failing with probability 0.05^4 when all four attempts are hit; more than one failure.',
  },
  durationMs: 3000,
  binMs: 50,
  sendLag: { p50Ms: 0.11, p99Ms: 1.9, maxMs: 4.6 },
  logLines: [],
  configChanges: [],
} as const

function passing(): ScenarioReport {
  return {
    ...common,
    name: 'retries-mask-trivial-errors',
    about: 'One upstream answer in twenty fails. With this policy users should hardly notice.',
    file: 'scenarios/mesh/retries-mask-trivial-errors.yaml',
    verdict: 'pass',
    expectations: [
      expectation('policy', 'policy: {}', 'pass', '900 requests with 947 attempts obey the declared policy.', 900),
      expectation(
        'success',
        'success: ">= 0.99"',
        'pass',
        'All 900 requests succeeded; at least 99.2 % with 99.9 % confidence.',
        900,
      ),
      expectation('latency', 'latency: { p99: "<= 400ms" }', 'pass', 'p99 is 61 ms; 900 requests.', 900),
    ],
    requests: {
      sent: 900,
      succeeded: 900,
      failed: 0,
      attempts: 947,
      byOutcome: { 200: 900 },
      byAttempts: { 1: 856, 2: 41, 3: 3 },
    },
    latency: { p50Ms: 4.1, p90Ms: 9.7, p99Ms: 61, maxMs: 118 },
    series: series('pass', 500, 2500, (roll) => (roll < 0.05 ? 1 : 0), 0),
    histogram: histogram([2, 40, 190, 310, 180, 70, 30, 12, 9, 8, 8, 9, 10, 9, 6, 4, 2, 1]),
    faults: [
      {
        name: 'flaky-user',
        kind: 'abort',
        target: 'user-development',
        fromMs: 500,
        untilMs: 2500,
        config: { status: 503, ratio: 0.05 },
        about: '503 on 5 % of attempts',
        fired: 47,
      },
    ],
    marks: [],
    counters: {
      'cluster.user-development.upstream_rq_total': 947,
      'cluster.user-development.upstream_rq_retry': 47,
      'cluster.user-development.upstream_rq_retry_success': 44,
      'http.egress.downstream_rq_2xx': 900,
    },
    graph: graph(300, 0, 315.7, 0.0496),
    examples: [example('req-0412', ['503 (abort injected)', '503 (abort injected)', '200'])],
  }
}

function failing(): ScenarioReport {
  return {
    ...common,
    name: 'post-is-never-retried',
    about: 'A POST is not safe to repeat. Whatever fails upstream, each one must reach the service once.',
    file: 'scenarios/mesh/post-is-never-retried.yaml',
    verdict: 'fail',
    expectations: [
      {
        ...expectation(
          'policy',
          'policy: {}',
          'fail',
          '2 of 900 requests break the declared policy: retry-reason, back-off.',
          900,
        ),
        findings: [retryReason(), backOffTooLong()],
        skipped: 4,
        figures: { violations: 2 },
      },
      expectation(
        'success',
        'success: ">= 0.9"',
        'pass',
        '867 of 900 requests succeeded; at least 93.8 % with 99.9 % confidence.',
        900,
      ),
      expectation(
        'recovery',
        'recovery: { within: 1s }',
        'inconclusive',
        'No request failed within the last second of the fault, so there was nothing to recover from.',
        0,
      ),
    ],
    requests: {
      sent: 900,
      succeeded: 867,
      failed: 33,
      attempts: 932,
      byOutcome: { 200: 867, 503: 31, timeout: 2 },
      byAttempts: { 1: 872, 2: 25, 3: 2, 4: 1 },
    },
    latency: { p50Ms: 4.6, p90Ms: 14, p99Ms: 840, maxMs: 3004 },
    series: series('fail', 600, 2200, (roll) => (roll < 0.3 ? 1 : 0), 0.14),
    histogram: histogram([
      1, 32, 170, 290, 190, 90, 41, 20, 11, 9, 4, 2, 1, 3, 6, 4, 2, 1, 1, 3, 6, 9, 4, 1, 0, 0, 0, 0, 0, 0, 0, 2,
    ]),
    faults: [
      {
        name: 'flaky-user',
        kind: 'abort',
        target: 'user-development',
        fromMs: 600,
        untilMs: 1800,
        config: { status: 503, ratio: 0.1 },
        about: '503 on 10 % of attempts',
        fired: 61,
      },
      {
        name: 'slow-host',
        kind: 'delay',
        target: 'user-development',
        host: 2,
        fromMs: 1400,
        untilMs: 2200,
        config: { durationMs: 800, ratio: 0.3 },
        about: '800 ms on 30 % of attempts',
        fired: 22,
      },
    ],
    marks: [
      { atMs: 1000, label: 'routes 7f3a pushed' },
      { atMs: 1620, label: 'user-development 127.0.0.3:41234 ejected (consecutive_5xx)' },
      { atMs: 2700, label: 'user-development 127.0.0.3:41234 returned' },
    ],
    counters: {
      'cluster.user-development.upstream_rq_total': 932,
      'cluster.user-development.upstream_rq_retry': 32,
      'cluster.user-development.upstream_rq_per_try_timeout': 2,
      'cluster.user-development.outlier_detection.ejections_enforced_total': 1,
      'cluster.user-development.circuit_breakers.default.remaining_retries': -1,
      'http.egress.downstream_rq_2xx': 867,
      'http.egress.downstream_rq_5xx': 33,
    },
    graph: graph(300, 0.0367, 310.7, 0.089),
    logLines: [
      {
        atMs: 1003.2,
        process: 'envoy-egress',
        level: 'warning',
        text: '[config] [source/extensions/config_subscription/rest/http_subscription_impl.cc:84] REST config update rejected: unknown cluster',
      },
      { atMs: 2750.9, process: 'upstream-user', level: 'exit', text: 'exited on SIGKILL' },
    ],
    examples: [
      example('req-0733', ['503 (abort injected)', '503 (abort injected)', 'timeout', '503 (abort injected)']),
      example('req-0518', ['timeout', '200']),
    ],
    exemplars: [
      exemplar('req-0518', 1720, 240, ['timeout', '200']),
      exemplar('req-0602', 2010, 31, ['503 (abort injected)']),
      { ...exemplar('req-0890', 2960, 12, ['200']), timeline: undefined },
    ],
    configChanges: [
      '/static_resources/listeners/0/address: 0.0.0.0:9211 became 127.0.0.1:31877',
      '/static_resources/clusters/0/load_assignment: endpoints became the fault listeners',
      '/admin: moved to loopback, a random port',
    ],
  }
}

function inconclusive(): ScenarioReport {
  return {
    ...common,
    name: 'outlier-ejection-and-return',
    about: 'Three bad answers in a row eject a host; after its base ejection time it gets traffic again.',
    file: 'scenarios/mesh/outlier-ejection-and-return.yaml',
    verdict: 'inconclusive',
    expectations: [
      expectation(
        'policy',
        'policy: {}',
        'inconclusive',
        'The planned fault "bad-host" never fired, so no ejection could be seen.',
        240,
      ),
      expectation('no-surprise-logs', 'no-surprise-logs: {}', 'pass', 'Envoy logged no warning.', 1),
    ],
    requests: { sent: 240, succeeded: 240, failed: 0, attempts: 240, byOutcome: { 200: 240 }, byAttempts: { 1: 240 } },
    latency: { p50Ms: 3.9, p90Ms: 7.2, p99Ms: 15.3, maxMs: 22 },
    series: series('inconclusive', -1, -1, () => 0, 0),
    histogram: histogram([4, 22, 60, 81, 48, 16, 6, 2, 1]),
    faults: [
      {
        name: 'bad-host',
        kind: 'abort',
        target: 'ab-testing',
        host: 3,
        fromMs: 500,
        untilMs: 2000,
        config: { status: 500, ratio: 1 },
        about: '500 on every attempt',
        fired: 0,
      },
    ],
    marks: [],
    counters: { 'cluster.ab-testing.upstream_rq_total': 240 },
    graph: graph(80, 0, 80, 0),
    examples: [],
  }
}

function expectation(
  check: string,
  text: string,
  verdict: Verdict,
  summary: string,
  looked: number,
): ExpectationReport {
  return { check, text, verdict, summary, looked, findings: [] }
}

function retryReason(): Finding {
  return {
    rule: 'retry-reason',
    message: 'POST /users was retried after a 503, but its route declares no retry policy.',
    expected: '1 attempt: POST matches the route without a retry policy',
    observed: '2 attempts: 503 at 0 ms, 200 at 31 ms',
    requestId: 'req-0187',
    config: {
      file: 'fixtures/mesh/book.yaml',
      line: 23,
      column: 9,
      pointer: '/dependencies/0/routes/0/method',
      text: '        method: GET',
    },
    timeline: timeline(12_031.4, 'POST /users', ['503 (abort injected)', '200']),
  }
}

function backOffTooLong(): Finding {
  return {
    rule: 'back-off',
    message: 'The second attempt started 212 ms after the first one failed; the declared back-off ends at 24 ms.',
    expected: '0 ms to 24 ms, with 9 ms of tolerance',
    observed: '212 ms',
    requestId: 'req-0561',
    config: { file: 'fixtures/mesh/book.yaml', line: 27, text: '          per_try_timeout_ms: 1000' },
    timeline: timeline(14_210, 'GET /', ['503 (abort injected)', 'timeout', '200'], 212),
  }
}

function timeline(
  fromMs: number,
  request: string,
  outcomes: readonly string[],
  backOffMs = 28,
): readonly TimelineRow[] {
  const rows: TimelineRow[] = []
  let atMs = fromMs + 0.6
  outcomes.forEach((outcome, index) => {
    if (index > 0) {
      rows.push({
        startMs: atMs,
        endMs: atMs + backOffMs,
        lane: 'back-off',
        label: `${backOffMs} ms`,
        outcome: 'waiting',
      })
      atMs += backOffMs
    }
    const tookMs = outcome === 'timeout' ? 200 : outcome === '200' ? 6.1 : 2.4
    const ok = outcome === '200'
    rows.push({
      startMs: atMs,
      endMs: atMs + tookMs,
      lane: `attempt ${index + 1}`,
      label: outcome,
      outcome: ok ? 'ok' : 'failed',
    })
    atMs += tookMs
  })
  const ok = outcomes.at(-1) === '200'
  const label = `${request}: ${ok ? '200' : '503'}`
  return [{ startMs: fromMs, endMs: atMs + 0.5, lane: 'client', label, outcome: ok ? 'ok' : 'failed' }, ...rows]
}

function example(requestId: string, outcomes: readonly string[]): RequestExample {
  const rows = timeline(11_000, 'GET /', outcomes)
  const attempts = rows.filter((row) => row.lane.startsWith('attempt'))
  const zeroMs = attempts[0]?.startMs ?? 0
  const story = attempts
    .map((row) => `${row.label.split(' (')[0]} at ${(row.startMs - zeroMs).toFixed(0)} ms`)
    .join(', ')
  return { requestId, story, timeline: rows }
}

function exemplar(requestId: string, atMs: number, latencyMs: number, outcomes: readonly string[]): RequestExemplar {
  return { ...example(requestId, outcomes), atMs, latencyMs, failed: outcomes.at(-1) !== '200' }
}

function series(
  name: string,
  fromMs: number,
  untilMs: number,
  retries: (roll: number) => number,
  failedRatio: number,
): readonly SeriesBin[] {
  return Array.from({ length: 60 }, (_, index) => {
    const binFromMs = index * 50
    const roll = (what: string): number => decide('sample', name, what, index)
    const faulty = binFromMs >= fromMs && binFromMs < untilMs
    const sent = 9 + Math.round(roll('sent') * 12)
    const p50Ms = 3 + roll('p50') * 2.4
    const p99Ms = p50Ms * (faulty ? 4 + roll('p99') * 40 : 2 + roll('p99') * 2)
    const failed = faulty ? Math.round(sent * failedRatio * roll('failed') * 2) : 0
    return {
      fromMs: binFromMs,
      sent,
      failed,
      attempts: sent + (faulty ? retries(roll('retry')) + Math.round(sent * 0.05) : 0),
      ...(index === 41 ? {} : { p50Ms, p99Ms, maxMs: p99Ms * (1 + roll('max')) }),
    }
  })
}

function histogram(counts: readonly number[]): ScenarioReport['histogram'] {
  const edges = [1, 1.25, 1.6, 2, 2.5, 3.2, 4, 5, 6.3, 8]
  return counts.map((count, index) => ({
    upToMs: (edges[(index + 3) % 10] ?? 1) * 10 ** Math.floor((index + 3) / 10),
    count,
  }))
}

function graph(rate: number, errors: number, attemptRate: number, attemptErrors: number): MeshGraph {
  return {
    nodes: [
      { id: 'load', label: 'load generator', column: 0, faulty: false },
      { id: 'envoy', label: 'Envoy (book)', column: 1, faulty: false },
      { id: 'cluster:user-development', label: 'user-development', column: 2, faulty: true },
      { id: 'cluster:ab-testing', label: 'ab-testing', column: 2, faulty: false },
      { id: 'host:user/1', label: 'host 1', column: 3, faulty: true },
      { id: 'host:user/2', label: 'host 2', column: 3, faulty: true },
      { id: 'host:ab/1', label: 'host 1', column: 3, faulty: false },
    ],
    edges: [
      { from: 'load', to: 'envoy', ratePerSecond: rate, errorRatio: errors },
      { from: 'envoy', to: 'cluster:user-development', ratePerSecond: attemptRate * 0.9, errorRatio: attemptErrors },
      { from: 'envoy', to: 'cluster:ab-testing', ratePerSecond: attemptRate * 0.1, errorRatio: 0 },
      {
        from: 'cluster:user-development',
        to: 'host:user/1',
        ratePerSecond: attemptRate * 0.5,
        errorRatio: attemptErrors * 0.8,
      },
      {
        from: 'cluster:user-development',
        to: 'host:user/2',
        ratePerSecond: attemptRate * 0.4,
        errorRatio: attemptErrors * 1.3,
      },
      { from: 'cluster:ab-testing', to: 'host:ab/1', ratePerSecond: attemptRate * 0.1, errorRatio: 0 },
    ],
  }
}
