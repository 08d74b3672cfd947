// The fault plan and the dice, on the real Envoy: every planned attempt meets what was planned for it, and no other one
// does; what the dice do is binomial. By HTTP/1.1 and by HTTP/2, for a whole cluster and for one host of it.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PlannedFault } from '../core/history.ts'
import { decide } from '../core/random.ts'
import { startGenerator } from '../load/generator.ts'
import { planHeaders } from '../scenario/headers.ts'
import { binomialTwoSided } from '../stats/exact-interval.ts'
import { every, type LiveMesh, startLiveMesh } from './test-live-mesh.ts'
import { definitionOf } from './test-mesh.ts'

const upstream = { hosts: 2, serviceTime: { p50Ms: 1, p99Ms: 1 }, status: 200, bodyBytes: 5 }
const retried =
  '{ prefix: /, timeout_ms: 3000, retry_policy: { retry_on: 5xx, num_retries: 3, per_try_timeout_ms: 2900 } }'
const breaker = '{ max_connections: 500, max_pending_requests: 500, max_retries: 500 }'
const definition = definitionOf(
  { name: 'plain', routes: [retried], breaker },
  { name: 'grpc', sds: true, routes: [retried], breaker },
)

let mesh: LiveMesh
beforeAll(async () => {
  const upstreams = { plain: upstream, grpc: upstream }
  mesh = await startLiveMesh({
    load: { startGenerator, planHeaders },
    scenarios: { s1: { definition, upstreams }, s2: { definition, upstreams }, s3: { definition, upstreams } },
  })
})
afterAll(() => mesh[Symbol.asyncDispose]())

/** What attempts 1 to 3 of a request meet: an abort, a delay, both or nothing. */
function planFor(id: string, target: string, host?: number): readonly PlannedFault[] {
  return [1, 2, 3].flatMap((attempt) => {
    const status = decide(id, 'abort', attempt) < 0.5 ? 500 + Math.floor(decide(id, 'code', attempt) * 5) : undefined
    const delayMs = decide(id, 'delay', attempt) < 0.2 ? 30 : undefined
    if (status === undefined && delayMs === undefined) return []
    return [
      {
        fault: 'plan',
        attempt,
        target,
        ...(status === undefined ? {} : { status }),
        ...(delayMs === undefined ? {} : { delayMs }),
        ...(host === undefined ? {} : { host }),
      },
    ]
  })
}

describe.each([
  ['plain', 'HTTP/1.1'],
  ['grpc', 'HTTP/2'],
])('%s by %s', (cluster, protocol) => {
  test.each([
    ['every host', undefined],
    ['host 2 only', 2],
  ])('a plan for %s holds for each attempt', async (_, host) => {
    const prefix = `${cluster}-${host ?? 'all'}`
    const requests = every(4, 200, prefix, (index) => ({
      host: cluster,
      plan: planFor(`${prefix}-${index}`, cluster, host),
    }))
    await mesh.send('s1', requests)
    await mesh.until('every attempt at its fault listener', () => {
      const [logged, seen] = (['attempt-logged', 'attempt-seen'] as const).map(
        (kind) => mesh.of(kind, 's1').filter(({ id }) => id.startsWith(`${prefix}-`)).length,
      )
      return logged === seen || `${logged} logged, ${seen} seen`
    })
    const plans = new Map(requests.map(({ id, plan = [] }) => [id, plan]))
    const attempts = mesh.of('attempt-seen', 's1').filter(({ id }) => plans.has(id))
    // The seed gives every host 379 (or 390) attempts exactly. Where only host 2 fails, Envoy's balancing decides who meets it:
    // 258 (or 263) with a deviation of 7 if hosts were drawn, so this is six of them away.
    expect(attempts.length).toBeGreaterThan(host === undefined ? 370 : 215)
    const mismatches = attempts.filter((seen) => {
      const planned = plans
        .get(seen.id)
        ?.find((fault) => fault.attempt === seen.attempt && (host === undefined || seen.host === host))
      const flags = [
        ...(planned?.delayMs === undefined ? [] : ['DI']),
        ...(planned?.status === undefined ? [] : ['FI']),
      ]
      const tookMs = seen.atMs - seen.startMs
      return (
        seen.code !== (planned?.status ?? 200) ||
        seen.flags.toSorted().join() !== flags.join() ||
        // Envoy's timers fire up to a tick early.
        (planned?.delayMs !== undefined && tookMs < planned.delayMs - 5) ||
        seen.protocol !== protocol
      )
    })
    expect(mismatches).toEqual([])
    expect(new Set(attempts.map((seen) => seen.host))).toEqual(new Set([1, 2]))
    // Who is retried goes on until an attempt is served, or three retries are used up.
    for (const logged of mesh.of('request-logged', 's1').filter(({ id }) => plans.has(id))) {
      const own = attempts.filter(({ id }) => id === logged.id)
      expect(own.map(({ attempt }) => attempt).toSorted()).toEqual(own.map((_, index) => index + 1))
      expect(logged).toMatchObject({ attempts: own.length, code: own.find((one) => one.attempt === own.length)?.code })
    }
  })
})

test('a client that brings fault headers of its own is not obeyed', async () => {
  const headers = { 'x-envoy-fault-abort-request': '503', 'x-envoy-fault-delay-request': '500' }
  await mesh.send('s1', [{ id: 'own-headers', atMs: 0, host: 'plain', headers }])
  expect(mesh.of('attempt-seen', 's1').filter(({ id }) => id === 'own-headers')).toMatchObject([
    { code: 200, flags: [] },
  ])
})

describe('dice', () => {
  const rolled = async (scenario: string, prefix: string, count = 100) => {
    await mesh.send(
      scenario,
      every(3, count, prefix, () => ({ host: 'plain' })),
    )
    await mesh.until('every attempt at its fault listener', () => {
      const attempts = mesh.of('attempt-logged', scenario).length
      return mesh.of('attempt-seen', scenario).length === attempts
    })
    return mesh.of('attempt-seen', scenario).filter(({ id }) => id.startsWith(`${prefix}-`))
  }

  test('abort with their percentage while they roll, and never before or after', async () => {
    const surface = mesh.environment.surface('s2')
    expect((await rolled('s2', 'before')).filter(({ flags }) => flags.length > 0)).toEqual([])
    const heal = await surface.dice('plain', undefined, { abortStatus: 502, abortPercent: 12.5 })
    const during = await rolled('s2', 'during', 500)
    await heal()
    const aborted = during.filter(({ code, flags }) => code === 502 && flags.includes('FI'))
    expect(binomialTwoSided(aborted.length, during.length, 0.125)).toBeGreaterThan(1e-6)
    expect(during.filter(({ code }) => code !== 200 && code !== 502)).toEqual([])
    expect((await rolled('s2', 'after')).filter(({ flags }) => flags.length > 0)).toEqual([])
    // Scenarios that share the Envoys do not share the dice.
    expect(mesh.of('attempt-seen', 's3')).toEqual([])
  })

  test('delay one host and leave the other alone; two kinds are put away on their own', async () => {
    const surface = mesh.environment.surface('s3')
    const healDelay = await surface.dice('plain', 1, { delayMs: 20, delayPercent: 100 })
    const healAbort = await surface.dice('plain', 1, { abortStatus: 503, abortPercent: 100 })
    await healAbort()
    const seen = await rolled('s3', 'delayed')
    await healDelay()
    expect(seen.filter(({ host, flags }) => flags.join() !== (host === 1 ? 'DI' : ''))).toEqual([])
    expect(
      Math.min(...seen.filter(({ host }) => host === 1).map(({ atMs, startMs }) => atMs - startMs)),
    ).toBeGreaterThan(15)
    expect((await rolled('s3', 'after')).filter(({ flags }) => flags.length > 0)).toEqual([])
  })
})
