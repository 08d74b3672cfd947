// What we rely on of the real Envoy, measured: where a later version behaves differently, this fails before any scenario
// misleads. Timed facts are held with bounds that a busy machine does not break; counts are exact.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PlannedFault } from '../core/history.ts'
import { startGenerator } from '../load/generator.ts'
import { planHeaders } from '../scenario/headers.ts'
import { ratioLowerBound, ratioUpperBound } from '../stats/exact-interval.ts'
import { every, type LiveMesh, startLiveMesh } from './test-live-mesh.ts'
import { definitionOf, type TestDependency, type TestScenario } from './test-mesh.ts'

const upstream = (hosts: number) => ({ hosts, serviceTime: { p50Ms: 1, p99Ms: 1 }, status: 200, bodyBytes: 5 })
const wide = '{ max_connections: 500, max_pending_requests: 500, max_retries: 500 }'
const conditions = ['5xx', 'gateway-error', 'reset', 'connect-failure', 'refused-stream', 'retriable-4xx'] as const

const retrying = (on: string, retries: number, perTryMs = 2900, timeoutMs = 3000) =>
  `{ prefix: /, timeout_ms: ${timeoutMs}, retry_policy: { retry_on: "${on}", num_retries: ${retries}, per_try_timeout_ms: ${perTryMs} } }`
const outlier = (percent: number) =>
  `{ consecutive_5xx: 3, interval_ms: 100, base_ejection_time_ms: 300, max_ejection_percent: ${percent} }`
const one = (dependency: Omit<TestDependency, 'name'>, hosts = 1): TestScenario => ({
  definition: definitionOf({ name: 'user', ...dependency }),
  upstreams: { user: upstream(hosts) },
})

const scenarios: Readonly<Record<string, TestScenario>> = {
  backoff: one({ breaker: wide, routes: [retrying('5xx', 3)] }),
  table: {
    definition: definitionOf(...conditions.map((on) => ({ name: on, breaker: wide, routes: [retrying(on, 1, 100)] }))),
    upstreams: {},
  },
  breakers: one({ breaker: '{ max_connections: 3, max_pending_requests: 4, max_retries: 3 }' }),
  cold: one({ breaker: '{ max_connections: 10, max_pending_requests: 0, max_retries: 3 }' }),
  retries: one({
    breaker: '{ max_connections: 50, max_pending_requests: 50, max_retries: 2 }',
    routes: [retrying('5xx', 3)],
  }),
  hang: one({ breaker: wide, routes: [retrying('5xx', 3, 200, 600)] }),
  eject34: one({ outlier: outlier(34) }, 3),
  eject33: one({ outlier: outlier(33) }, 3),
}

let mesh: LiveMesh
beforeAll(async () => {
  mesh = await startLiveMesh({ load: { startGenerator, planHeaders }, scenarios })
})
afterAll(() => mesh[Symbol.asyncDispose]())

const fault = (attempt: number, what: { status?: number; delayMs?: number }, target = 'user'): PlannedFault => ({
  fault: 'plan',
  attempt,
  target,
  ...what,
})
const logged = (scenario: string, prefix: string) =>
  mesh.of('request-logged', scenario).filter(({ id }) => id.startsWith(`${prefix}-`))
const countersOf = async (scenario: string) => {
  await mesh.environment.readCounters(scenario, 'after')
  return mesh.of('counters', scenario).findLast(({ envoy }) => envoy === 'egress')?.values ?? {}
}

describe('back-off', () => {
  test('lies between nothing and 25, 50, 100 ms, and is spread evenly', async () => {
    const plan = [1, 2, 3, 4].map((attempt) => fault(attempt, { status: 503 }))
    await mesh.send(
      'backoff',
      every(5, 200, 'b', () => ({ host: 'user', plan })),
    )
    const attempts = mesh.of('attempt-logged', 'backoff')
    for (const [retry, boundMs] of [25, 50, 100].entries()) {
      const gapsMs = logged('backoff', 'b').map(({ id }) => {
        const [before, after] = [retry + 1, retry + 2].map((n) => attempts.find((a) => a.id === id && a.attempt === n))
        return (after?.startMs ?? Number.NaN) - (before?.atMs ?? 0)
      })
      expect(gapsMs).toHaveLength(200)
      // Timers are off by a kernel tick (at most 10 ms), and some fire late when the machine is busy.
      const within = gapsMs.filter((gapMs) => gapMs > -1 && gapMs < boundMs + 10)
      expect(within.length).toBeGreaterThan(180)
      const lower = gapsMs.filter((gapMs) => gapMs < boundMs / 2).length
      const shift = 10 / boundMs
      expect(ratioLowerBound(lower, 200, 1e-6)).toBeLessThan(0.5 + shift)
      expect(ratioUpperBound(lower, 200, 1e-6)).toBeGreaterThan(0.5 - shift)
    }
  })
})

describe('what is retried by what', () => {
  const table: Readonly<Record<string, readonly string[]>> = {
    409: ['retriable-4xx'],
    404: [],
    500: ['5xx'],
    501: ['5xx'],
    502: ['5xx', 'gateway-error'],
    503: ['5xx', 'gateway-error'],
    504: ['5xx', 'gateway-error'],
    'per-try timeout': ['5xx', 'gateway-error', 'reset'],
  }

  test.each(Object.entries(table))('%s', async (failure, retriedBy) => {
    const what = failure === 'per-try timeout' ? { delayMs: 1000 } : { status: Number(failure) }
    const prefix = failure.replace(' ', '-')
    const requests = conditions.map((on, index) => ({
      id: `${prefix}-${on}`,
      atMs: index,
      host: on,
      plan: [fault(1, what, on)],
    }))
    await mesh.send('table', requests)
    const retried = logged('table', prefix).filter(({ attempts }) => attempts > 1)
    expect(retried.map(({ cluster }) => cluster).toSorted()).toEqual(retriedBy.toSorted())
    expect(retried.every(({ code }) => code === 200)).toBe(true)
    const refused = logged('table', prefix).filter(({ attempts }) => attempts === 1)
    const code = failure === 'per-try timeout' ? 504 : Number(failure)
    expect(new Set(refused.map((request) => request.code))).toEqual(new Set([code]))
  })

  test('without a method in the route only GET and HEAD are retried', async () => {
    const methods = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE']
    await mesh.send(
      'table',
      methods.map((method, atMs) => ({
        id: `method-${method}`,
        atMs,
        host: '5xx',
        method,
        plan: [fault(1, { status: 503 }, '5xx')],
      })),
    )
    const attempts = Object.fromEntries(logged('table', 'method').map((request) => [request.id, request.attempts]))
    expect(methods.map((method) => attempts[`method-${method}`])).toEqual([2, 2, 1, 1, 1])
  })
})

describe('circuit breakers', () => {
  const held = (count: number, prefix: string, plan: readonly PlannedFault[], gapMs = 0) =>
    every(gapMs, count, prefix, () => ({ host: 'user', plan }))

  test('3 connections and 4 pending: of 12 held requests 7 are served and 5 overflow', async () => {
    for (let round = 1; round <= 3; round++) {
      // One after the other: who waits for a new connection counts as pending, so a cold burst would overflow sooner.
      await mesh.send('breakers', held(12, `round${round}`, [fault(1, { delayMs: 600 })], 20))
      const outcomes = logged('breakers', `round${round}`).map(({ code, flags }) => `${code} ${flags.join()}`)
      expect(outcomes.toSorted()).toEqual([...Array(7).fill('200 '), ...Array(5).fill('503 UO')])
    }
    expect(await countersOf('breakers')).toMatchObject({ 'cluster.user.upstream_rq_pending_overflow': 15 })
  })

  test('without room to wait everything overflows, for even a connection must be waited for', async () => {
    await mesh.send('cold', held(5, 'c', []))
    expect(logged('cold', 'c').map(({ code, flags }) => `${code} ${flags.join()}`)).toEqual(Array(5).fill('503 UO'))
  })

  test('2 retries at once: of 10 that fail 2 are retried, the others get the original answer', async () => {
    const plan = [fault(1, { status: 503 }), fault(2, { delayMs: 600 })]
    await mesh.send('retries', held(10, 'r', plan))
    const all = logged('retries', 'r')
    const retried = all.filter(({ attempts }) => attempts === 2)
    expect(retried.map(({ code, flags }) => [code, flags])).toEqual(Array(2).fill([200, []]))
    const others = all.filter(({ attempts }) => attempts === 1)
    expect(others.map(({ code, flags, details }) => [code, flags, details])).toEqual(
      Array(8).fill([503, ['UO'], 'via_upstream']),
    )
    expect(await countersOf('retries')).toMatchObject({
      'cluster.user.upstream_rq_retry': 2,
      'cluster.user.upstream_rq_retry_overflow': 8,
    })
  })
})

test('when all attempts hang, three of 200 ms fit into a route of 600 ms', async () => {
  const plan = [1, 2, 3, 4].map((attempt) => fault(attempt, { delayMs: 2000 }))
  await mesh.send(
    'hang',
    every(10, 20, 'h', () => ({ host: 'user', plan })),
  )
  const all = logged('hang', 'h')
  expect(all.filter(({ attempts }) => attempts === 3).length).toBeGreaterThanOrEqual(19)
  expect(new Set(all.map(({ code, details }) => `${code} ${details}`))).toEqual(new Set(['504 response_timeout']))
  expect(Math.min(...all.map(({ atMs, startMs }) => atMs - startMs))).toBeGreaterThan(590)
})

describe('ejection', () => {
  /** Host 1 of three fails always. */
  const failing = async (scenario: string) => {
    const plan = [{ ...fault(1, { status: 503 }), host: 1 }]
    await mesh.send(
      scenario,
      every(3, 60, 'e', () => ({ host: 'user', plan })),
    )
    await mesh.environment.flushLogs()
  }

  test('34 % of three hosts is one: it is ejected after three failures in a row, and comes back', async () => {
    await failing('eject34')
    const [ejection] = mesh.of('host-ejected', 'eject34')
    expect(ejection).toMatchObject({ cluster: 'user', reason: 'CONSECUTIVE_5XX', enforced: true, ejections: 1 })
    const host = mesh.environment.place('eject34').hosts[0]
    expect(ejection?.host).toBe(`${host?.address}:${host?.faultPort}`)
    await mesh.until('its return', async () => {
      await mesh.environment.flushLogs()
      return mesh.of('host-returned', 'eject34').length > 0
    })
    const awayMs = (mesh.of('host-returned', 'eject34')[0]?.atMs ?? Number.NaN) - (ejection?.atMs ?? 0)
    expect(awayMs).toBeGreaterThan(290)
  })

  test('33 % of three hosts is none', async () => {
    await failing('eject33')
    expect(mesh.of('host-ejected', 'eject33').filter(({ enforced }) => enforced)).toEqual([])
    const counters = await countersOf('eject33')
    expect(counters['cluster.user.outlier_detection.ejections_overflow']).toBeGreaterThan(0)
    expect(counters['cluster.user.outlier_detection.ejections_enforced_total'] ?? 0).toBe(0)
  })
})

test('nothing of all this made an Envoy grumble', () => {
  expect(mesh.of('log-line')).toEqual([])
})
