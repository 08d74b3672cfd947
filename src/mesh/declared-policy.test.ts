// What a definition promises, with Envoy's defaults filled in and the line of each promise.

import { expect, test } from 'vitest'
import { declaredPolicy } from './declared-policy.ts'
import { loadDefinition, parseDefinition } from './definition.ts'

const fixture = (name: string) => new URL(`../../fixtures/mesh/${name}`, import.meta.url).pathname

async function policyOf(name: string) {
  return declaredPolicy(await loadDefinition(fixture(name)), 'node')
}

/** The lines are looked at on their own. */
const bare = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (key, member) => (key === 'lines' ? undefined : member)))

test('book: routes', async () => {
  const { virtualHosts, node } = await policyOf('book.yaml')
  expect(node).toBe('node')
  const base = { cluster: 'user-development', hostRewrite: { kind: 'literal', value: 'user-service' } }
  const retry = {
    on: ['5xx', 'connect-failure', 'refused-stream'],
    retries: 3,
    perTryTimeoutMs: 700,
    backOffBaseMs: 25,
    backOffMaxMs: 250,
  }
  expect(bare(virtualHosts[0])).toEqual({
    name: 'user',
    domains: ['user'],
    routes: [
      { ...base, match: { kind: 'path', value: '/ping' }, timeoutMs: 1000 },
      { ...base, match: { kind: 'path', value: '/search', methods: ['POST'] }, timeoutMs: 3000, retry },
      { ...base, match: { kind: 'prefix', value: '/sessions', methods: ['DELETE'] }, timeoutMs: 2000 },
      { ...base, match: { kind: 'prefix', value: '/', methods: ['GET', 'HEAD'] }, timeoutMs: 3000, retry },
      { ...base, match: { kind: 'prefix', value: '/' }, timeoutMs: 3000 },
    ],
  })
})

test('book: clusters', async () => {
  const { clusters } = await policyOf('book.yaml')
  const breakers = { maxConnections: 64, maxPendingRequests: 128, maxRequests: 1024, maxRetries: 3 }
  expect(bare(clusters)).toEqual([
    {
      name: 'user-development',
      connectTimeoutMs: 250,
      protocol: 'HTTP/1.1',
      discovery: 'dns',
      lb: 'user-app:8080',
      tls: false,
      breakers,
      mergeWindowMs: 1000,
    },
    {
      name: 'ab-testing-development',
      connectTimeoutMs: 250,
      protocol: 'HTTP/2',
      discovery: 'eds',
      tls: false,
      breakers,
      outlier: {
        consecutive5xx: 3,
        consecutiveGatewayFailure: 5,
        intervalMs: 500,
        baseEjectionTimeMs: 1000,
        maxEjectionTimeMs: 300_000,
        maxEjectionPercent: 50,
        enforcingConsecutive5xx: 100,
        enforcingConsecutiveGatewayFailure: 0,
        enforcingSuccessRate: 100,
        successRateMinimumHosts: 5,
        successRateRequestVolume: 100,
        successRateStdevFactor: 1900,
      },
      mergeWindowMs: 1000,
    },
  ])
})

test('everything: each setting of outlier detection and the breakers at its place', async () => {
  const { clusters } = await policyOf('everything.yaml')
  expect(clusters[0]).toMatchObject({
    tls: true,
    connectTimeoutMs: 1500,
    breakers: { maxConnections: 101, maxPendingRequests: 102, maxRequests: 1024, maxRetries: 103 },
    outlier: {
      consecutive5xx: 11,
      consecutiveGatewayFailure: 12,
      intervalMs: 13_500,
      baseEjectionTimeMs: 14_250,
      maxEjectionTimeMs: 300_000,
      maxEjectionPercent: 15,
      enforcingConsecutive5xx: 16,
      enforcingConsecutiveGatewayFailure: 17,
      enforcingSuccessRate: 18,
      successRateMinimumHosts: 19,
      successRateRequestVolume: 20,
      successRateStdevFactor: 21,
    },
  })
  // Without a circuit breaker Envoy's defaults hold; a mapping without settings switches outlier detection on.
  expect(clusters[1]?.breakers).toEqual({
    maxConnections: 1024,
    maxPendingRequests: 1024,
    maxRequests: 1024,
    maxRetries: 3,
  })
  expect(clusters[1]).not.toHaveProperty('outlier')
  expect(clusters[2]?.outlier).toMatchObject({
    consecutive5xx: 5,
    maxEjectionPercent: 10,
    intervalMs: 10_000,
    baseEjectionTimeMs: 30_000,
  })
})

test('spaces in retry_on, no per-try timeout, large per-try timeout, long base ejection', async () => {
  const { virtualHosts } = await policyOf('everything.yaml')
  const [, put, root] = virtualHosts[0]?.routes ?? []
  expect(put?.retry).toMatchObject({ on: ['gateway-error', 'retriable-4xx'], retries: 0, perTryTimeoutMs: 5_000_000 })
  expect(root?.retry).not.toHaveProperty('perTryTimeoutMs')
  const long = parseDefinition(
    JSON.stringify({
      version: 1,
      dependencies: [
        {
          name: 'a',
          cluster_name: 'a',
          sds: true,
          tls: false,
          connect_timeout_ms: 1,
          outlier_detection: { base_ejection_time_ms: 400_000 },
          routes: [{ path: '/', timeout_ms: 0 }],
        },
      ],
    }),
    'a.json',
    'json',
  )
  expect(declaredPolicy(long, 'a').clusters[0]?.outlier?.maxEjectionTimeMs).toBe(400_000)
})

test('every promise has the line that makes it', async () => {
  const { virtualHosts, clusters } = await policyOf('book.yaml')
  const lines = virtualHosts[0]?.routes[3]?.lines
  const texts = Object.fromEntries(Object.entries(lines ?? {}).map(([promise, { text }]) => [promise, text]))
  expect(texts).toEqual({
    route: '- prefix: /',
    timeout: 'timeout_ms: 3000',
    method: '- prefix: /',
    // Through the anchor: that is the line to change.
    retryOn: 'retry_on: 5xx,connect-failure,refused-stream',
    retries: 'num_retries: 3',
    perTry: 'per_try_timeout_ms: 700',
    hostHeader: 'host_header: user-service',
    cluster: 'cluster_name: user-development',
  })
  expect(lines?.timeout).toMatchObject({ line: 33, pointer: '/dependencies/0/routes/3/timeout_ms' })
  expect(clusters[1]?.lines).toMatchObject({
    cluster: { text: 'cluster_name: ab-testing-development' },
    maxRetries: { text: 'max_retries: 3' },
    consecutive5xx: { text: 'consecutive_5xx: 3' },
    maxEjectionPercent: { text: 'max_ejection_percent: 50' },
    // Not in the file: the mapping in which it would stand.
    enforcingSuccessRate: { text: 'outlier_detection:' },
  })
})
