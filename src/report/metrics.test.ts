import { request } from 'node:http'
import { describe, expect, test } from 'vitest'
import type { NewEvent } from '../core/history.ts'
import { distributionEdgesMs } from './collect-distribution.ts'
import { expectGolden } from './golden.ts'
import { bucketsSeconds } from './metric-buckets.ts'
import { renderMetrics } from './metrics.ts'
import { liveMetrics } from './metrics-live.ts'
import { serveMetrics } from './metrics-server.ts'
import { parsePrometheus, type Sample } from './prometheus-text.ts'
import { sampleReport } from './sample-report.ts'

const pick = (samples: readonly Sample[], name: string, labels: Readonly<Record<string, string>>): number | undefined =>
  samples.find(
    (sample) => sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
  )?.value

describe('metrics.prom', () => {
  test('matches the golden file and parses back', async () => {
    const text = await renderMetrics(sampleReport())
    expectGolden('metrics.golden.prom', text)
    const samples = parsePrometheus(text)
    const scenario = 'post-is-never-retried'
    expect(pick(samples, 'shaketable_scenario_verdict', { scenario, verdict: 'fail' })).toBe(1)
    expect(pick(samples, 'shaketable_scenario_verdict', { scenario, verdict: 'pass' })).toBe(0)
    expect(pick(samples, 'shaketable_scenario_requests_total', { scenario })).toBe(900)
    expect(pick(samples, 'shaketable_scenario_outcomes_total', { scenario, outcome: 'timeout' })).toBe(2)
    expect(pick(samples, 'shaketable_scenario_attempts_total', { scenario })).toBe(932)
    expect(pick(samples, 'shaketable_scenario_findings_total', { scenario, check: 'policy' })).toBe(2)
    expect(pick(samples, 'shaketable_scenario_expectations', { scenario, verdict: 'pass' })).toBe(1)
    expect(pick(samples, 'shaketable_scenario_faults_fired_total', { scenario, fault: 'slow-host' })).toBe(22)
  })

  test('the latency histogram is cumulative, ends in its count, and its buckets are edges of the report', async () => {
    const report = sampleReport()
    const samples = parsePrometheus(await renderMetrics(report))
    for (const { name: scenario, histogram } of report.scenarios) {
      const buckets = samples.filter(
        (sample) => sample.name === 'shaketable_scenario_latency_seconds_bucket' && sample.labels.scenario === scenario,
      )
      const total = histogram.reduce((sum, cell) => sum + cell.count, 0)
      expect(buckets).toHaveLength(bucketsSeconds.length + 1)
      expect(buckets.map((bucket) => bucket.value)).toEqual(
        buckets.map((bucket) => bucket.value).toSorted((left, right) => left - right),
      )
      expect(buckets.at(-1)?.value).toBe(total)
      expect(pick(samples, 'shaketable_scenario_latency_seconds_count', { scenario })).toBe(total)
      const upTo10Ms = histogram.filter((cell) => cell.upToMs <= 10).reduce((sum, cell) => sum + cell.count, 0)
      expect(pick(samples, 'shaketable_scenario_latency_seconds_bucket', { scenario, le: '0.01' })).toBe(upTo10Ms)
    }
    for (const seconds of bucketsSeconds) expect(distributionEdgesMs).toContain(Number((seconds * 1000).toPrecision(3)))
  })
})

describe('live metrics', () => {
  const base = { src: 'load', scenario: 's' } as const
  const events: readonly NewEvent[] = [
    {
      ...base,
      kind: 'request-sent',
      atMs: 1,
      id: 'a',
      traffic: 0,
      method: 'GET',
      host: 'h',
      path: '/',
      bodyBytes: 0,
      intendedMs: 1,
      plan: [],
    },
    {
      ...base,
      kind: 'request-sent',
      atMs: 2,
      id: 'b',
      traffic: 0,
      method: 'GET',
      host: 'h',
      path: '/',
      bodyBytes: 0,
      intendedMs: 2,
      plan: [],
    },
    { ...base, kind: 'request-answered', atMs: 9, id: 'a', status: 503, bytes: 0, latencyMs: 8 },
  ]

  test('serves what has happened so far, on loopback only', async () => {
    const live = liveMetrics()
    await using server = await serveMetrics(live.registry, 0)
    for (const event of events) live.update(event)
    const answer = await get(server.port, '/metrics', '127.0.0.1')
    expect(answer.status).toBe(200)
    const samples = parsePrometheus(answer.body)
    expect(pick(samples, 'shaketable_scenario_requests_total', { scenario: 's' })).toBe(2)
    expect(pick(samples, 'shaketable_scenario_open_requests', { scenario: 's' })).toBe(1)
    expect(pick(samples, 'shaketable_scenario_failures_total', { scenario: 's' })).toBe(1)
    expect(pick(samples, 'shaketable_scenario_latency_seconds_bucket', { scenario: 's', le: '0.01' })).toBe(1)
    expect(pick(samples, 'shaketable_scenario_latency_seconds_bucket', { scenario: 's', le: '0.005' })).toBe(0)
  })

  test('refuses a rebound name and other paths, and says which port was taken', async () => {
    await using server = await serveMetrics(liveMetrics().registry, 0)
    expect((await get(server.port, '/metrics', 'evil.example')).status).toBe(421)
    expect((await get(server.port, '/', '127.0.0.1')).status).toBe(404)
    await expect(serveMetrics(liveMetrics().registry, server.port)).rejects.toThrow(/port is taken[\s\S]*hint:/)
  })
})

function get(port: number, path: string, host: string): Promise<{ readonly status: number; readonly body: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ readonly status: number; readonly body: string }>()
  const sent = request({ host: '127.0.0.1', port, path, headers: { host } }, (response) => {
    const chunks: Buffer[] = []
    response.on('data', (chunk: Buffer) => chunks.push(chunk))
    response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }))
  })
  sent.on('error', reject)
  sent.end()
  return promise
}
