import { expect, test } from 'vitest'
import type { DeclaredCluster, DeclaredRoute } from '../../mesh/policy.ts'
import { propose } from './propose.ts'
import { reachClusters } from './reach.ts'
import { aCluster, aPolicy, aRoute, retries } from './test-policy.ts'

function proposed(route: Partial<DeclaredRoute>, cluster: Partial<DeclaredCluster> = {}) {
  const [reached] = reachClusters(aPolicy([aCluster('cart', cluster)], [aRoute('cart', {}, route)])).reached
  if (reached === undefined) throw new Error('not reached')
  const { faults, expect: expected, ratePerSecond, falseAlarm } = propose(reached)
  return { faults: faults.map(({ text }) => text), expect: expected.map(({ text }) => text), ratePerSecond, falseAlarm }
}

const outlier = {
  consecutive5xx: 5,
  consecutiveGatewayFailure: 5,
  intervalMs: 10_000,
  baseEjectionTimeMs: 30_000,
  maxEjectionTimeMs: 300_000,
  maxEjectionPercent: 100,
  enforcingConsecutive5xx: 100,
  enforcingConsecutiveGatewayFailure: 0,
  enforcingSuccessRate: 100,
  successRateMinimumHosts: 5,
  successRateRequestVolume: 100,
  successRateStdevFactor: 1900,
}

test.for([
  ['retries of 5xx', { retry: retries }, {}, ['abort: { status: 503, ratio: 0.2, first: 1 }']],
  ['of 4xx', { retry: { ...retries, on: ['retriable-4xx'] } }, {}, ['abort: { status: 409, ratio: 0.2, first: 1 }']],
  [
    'of listed statuses',
    { retry: { ...retries, on: ['retriable-status-codes'], statusCodes: [418] } },
    {},
    ['abort: { status: 418, ratio: 0.2, first: 1 }'],
  ],
  [
    'with a time for each try',
    { retry: { ...retries, perTryTimeoutMs: 300 }, timeoutMs: 1000 },
    {},
    ['abort: { status: 503, ratio: 0.2, first: 1 }', 'plan: { attempts: [{ delay: 600ms }] }'],
  ],
  [
    'only of resets, with a long timeout',
    { retry: { ...retries, on: ['reset'] } },
    {},
    ['delay: { duration: 200ms, ratio: 0.2 }'],
  ],
  ['a short route timeout', { timeoutMs: 1000 }, {}, ['delay: { duration: 2000ms }']],
  ['a long one', {}, {}, ['delay: { duration: 200ms, ratio: 0.2 }']],
  [
    'an ejection that may happen',
    { retry: retries, timeoutMs: 400 },
    { outlier },
    ['delay: { duration: 100ms, ratio: 0.2 }'],
  ],
  [
    'an ejection that never happens, because one host is more than is allowed',
    { retry: retries },
    { outlier: { ...outlier, maxEjectionPercent: 10 } },
    ['abort: { status: 503, ratio: 0.2, first: 1 }'],
  ],
  ['timers that a slow machine would fire', { timeoutMs: 40 }, {}, []],
  ['something that the model does not know', { retry: retries, unmodelled: 'hedging' }, {}, []],
] as const)('%s', ([, route, cluster, faults]) => {
  expect(proposed(route, cluster).faults).toEqual(faults)
})

test('a small retry breaker gets slower traffic, and more of it fails', () => {
  const breakers = { maxConnections: 64, maxPendingRequests: 64, maxRequests: 64, maxRetries: 1 }
  expect(proposed({ retry: retries }, { breakers })).toMatchObject({
    ratePerSecond: 10,
    faults: ['abort: { status: 503, ratio: 0.5, first: 1 }'],
  })
})

test('breakers that let nothing through leave nothing to ask but the policy', () => {
  const breakers = { maxConnections: 1, maxPendingRequests: 0, maxRequests: 1, maxRetries: 0 }
  expect(proposed({ retry: retries }, { breakers })).toMatchObject({ faults: [], expect: ['policy: {}'] })
})

test('false alarms stay below one in ten thousand', () => {
  for (const share of [1, 0.5, 0.1, 0.01]) {
    const weighted = [
      { cluster: 'cart', weight: share * 100 },
      { cluster: 'other', weight: (1 - share) * 100 },
    ]
    const { falseAlarm, faults } = proposed({ retry: retries, weighted })
    expect(falseAlarm.probability).toBeLessThanOrEqual(1e-4)
    if (share < 0.1) expect(faults).toEqual([])
  }
})
