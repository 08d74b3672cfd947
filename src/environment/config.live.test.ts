// Config on its way to the real Envoy: pushed under load, refused in whole and in part, taken back; hosts that come and go
// by registration.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startGenerator } from '../load/generator.ts'
import type { Resource, XdsResources } from '../mesh/compile.ts'
import { planHeaders } from '../scenario/headers.ts'
import { every, type LiveMesh, startLiveMesh } from './test-live-mesh.ts'
import { compiled, definitionOf, type TestDependency } from './test-mesh.ts'

const load = { startGenerator, planHeaders }
const definitionWith = (timeoutMs: number, ...more: readonly TestDependency[]) =>
  definitionOf(
    { name: 'user', routes: [`{ prefix: /, timeout_ms: ${timeoutMs} }`] },
    { name: 'grpc', sds: true },
    ...more,
  )

/** What the Envoy under test holds: the connect timeout of each cluster and the timeout of user's route. */
async function held(mesh: LiveMesh) {
  type Dump = { readonly configs: readonly Readonly<Record<string, readonly Record<string, unknown>[]>>[] }
  const { configs } = (await mesh.egressDump()) as Dump
  const all = (key: string) => configs.flatMap((section) => section[key] ?? [])
  const clusters = all('dynamic_active_clusters').map(
    ({ cluster }) => cluster as { name: string; connect_timeout: string },
  )
  const text = JSON.stringify(all('dynamic_route_configs'))
  return {
    connect: Object.fromEntries(
      clusters.map(({ name, connect_timeout }) => [name.replace(/^s1-/, ''), connect_timeout]),
    ),
    timeout: /"cluster":"s1-user"[^}]*"timeout":"([\d.]+s)"/.exec(text)?.[1],
  }
}

describe('a push under load', () => {
  const next = definitionWith(250, { name: 'new', sds: true })
  let mesh: LiveMesh
  beforeAll(async () => {
    const first = definitionWith(3000)
    const upstreams = { user: { hosts: 2, serviceTime: { p50Ms: 1, p99Ms: 1 }, status: 200, bodyBytes: 5 } }
    mesh = await startLiveMesh({
      load,
      scenarios: { s1: { definition: first, upstreams, pushes: [next] } },
      definitions: { next },
    })
  })
  afterAll(() => mesh[Symbol.asyncDispose]())

  test('reaches traffic fast, loses no request, and so does taking it back', async () => {
    const surface = mesh.environment.surface('s1')
    const requests = every(2, 750, 'r', (index) => ({ host: index % 2 === 0 ? 'user' : 'grpc' }))
    const sending = mesh.send('s1', requests)
    for (let round = 0; round < 6; round++) {
      await mesh.until('load', () => mesh.of('request-answered').length > round * 100)
      const heal = await surface.push('next')
      await mesh.until('the new routes', async () => (await held(mesh)).timeout === '0.250s')
      // A cluster that came with the push serves by then: routes that lead to it come after it.
      expect(Object.keys((await held(mesh)).connect)).toContain('new')
      await heal()
      await mesh.until('the old routes', async () => (await held(mesh)).timeout === '3s')
      await mesh.until('the old clusters', async () => (await held(mesh)).connect.new === undefined)
    }
    await sending
    expect(mesh.of('request-answered').filter(({ status }) => status !== 200)).toEqual([])
    // Every push and every heal was taken, and the poll that told so came within a held poll's time, not a pause's.
    const pushed = mesh.of('config-pushed').filter(({ type }) => type === 'routes')
    const taken = pushed.map((push) =>
      mesh
        .of('config-accepted')
        .find((one) => one.type === 'routes' && one.version === push.version && one.atMs >= push.atMs),
    )
    expect(pushed).toHaveLength(12)
    const lateMs = taken
      .map((one, index) => (one?.atMs ?? Number.NaN) - (pushed[index]?.atMs ?? 0))
      .toSorted((a, b) => a - b)
    expect(lateMs[6]).toBeLessThan(250)
    expect(mesh.of('config-rejected')).toEqual([])
    expect(mesh.of('log-line')).toEqual([])
  })

  test('a request to the cluster that only the push brings is served', async () => {
    const heal = await mesh.environment.surface('s1').push('next')
    await mesh.until('the new routes', async () => (await held(mesh)).timeout === '0.250s')
    await mesh.send('s1', [{ id: 'to-new', atMs: 0, host: 'new' }])
    expect(mesh.of('request-logged').find(({ id }) => id === 'to-new')).toMatchObject({ code: 200, cluster: 'new' })
    await heal()
  })
})

describe('a push that Envoy refuses', () => {
  const change = (resources: readonly Resource[], name: string, changes: object) =>
    resources.map((one) => (one.name === name ? ({ ...one, ...changes } as Resource) : one))
  const good = (served: XdsResources): XdsResources => ({
    ...served,
    clusters: change(served.clusters, 'grpc', { connect_timeout: '0.777s' }),
  })
  const breakers: Readonly<Record<string, (served: XdsResources) => XdsResources>> = {
    cluster: (served) => ({
      ...good(served),
      clusters: change(good(served).clusters, 'user', { lb_policy: 'CLUSTER_PROVIDED' }),
    }),
    constraint: (served) => ({
      ...good(served),
      clusters: change(good(served).clusters, 'user', { outlier_detection: { max_ejection_percent: 500 } }),
    }),
    route: (served) => ({
      ...good(served),
      routes: served.routes.map((one) => ({
        ...one,
        virtual_hosts: (one.virtual_hosts as readonly Resource[]).map((host) => ({ ...host, domains: ['same'] })),
      })),
    }),
  }
  let mesh: LiveMesh
  beforeAll(async () => {
    const definition = definitionWith(3000)
    mesh = await startLiveMesh({
      load,
      scenarios: { s1: { definition } },
      environment: {
        compileFile: async (name) => {
          const first = compiled(definition)
          return { ...first, served: breakers[name]?.(first.served) ?? first.served }
        },
      },
    })
  })
  afterAll(() => mesh[Symbol.asyncDispose]())

  test.each([
    // Good siblings are taken, although the version is not.
    ['cluster', 'clusters', /^user: cluster manager: cluster provided LB specified/, '0.777s'],
    // A message that breaks a constraint is refused as a whole.
    ['constraint', 'clusters', /^user: Proto constraint validation failed .*MaxEjectionPercent/, '1s'],
    ['route', 'routes', /^Only unique values for domains are permitted.*same in route book$/, '0.777s'],
  ] as const)(
    'one bad %s: refused with the reason, requests go on, the heal restores all',
    async (name, type, reason, sibling) => {
      const refusals = () => mesh.of('config-rejected').filter((one) => one.type === type)
      const before = refusals().length
      const heal = await mesh.environment.surface('s1').push(name)
      const pushed = mesh.of('config-pushed').findLast((one) => one.type === type)
      await mesh.until('the refusal', () => refusals().length > before)
      expect(refusals().at(-1)).toMatchObject({ version: pushed?.version, detail: expect.stringMatching(reason) })
      await mesh.until('the good sibling', async () => (await held(mesh)).connect.grpc === sibling)
      // It is offered again and refused again, but after pauses; that is told once.
      const lines = () => mesh.of('log-line').filter(({ text }) => /^REST config for .* rejected/.test(text)).length
      const linesBefore = lines()
      await mesh.send(
        's1',
        every(4, 100, name, (index) => ({ host: index % 2 === 0 ? 'user' : 'grpc' })),
      )
      expect(lines() - linesBefore).toBeLessThanOrEqual(2)
      expect(refusals()).toHaveLength(before + 1)
      await heal()
      await mesh.until('what was served first', async () => {
        const { connect, timeout } = await held(mesh)
        return connect.user === '1s' && connect.grpc === '1s' && timeout === '3s'
      })
      expect(mesh.of('request-answered').filter(({ status }) => status !== 200)).toEqual([])
    },
  )
})

describe('hosts by registration', () => {
  test('a host that registers gets traffic; when it does not refresh it is forgotten, those that refresh are not', async () => {
    const upstream = { serviceTime: { p50Ms: 1, p99Ms: 1 }, status: 200, bodyBytes: 5 }
    await using mesh = await startLiveMesh({
      load,
      scenarios: {
        s1: {
          definition: definitionOf({ name: 'grpc', sds: true }, { name: 'spare', sds: true }),
          upstreams: { grpc: { ...upstream, hosts: 1 }, spare: { ...upstream, hosts: 1 } },
        },
      },
      environment: { registrationLifetimeMs: 1500 },
    })
    const members = async () => {
      const dump = JSON.stringify(await mesh.egressDump('?include_eds'))
      return new Set(dump.match(/"address":"127\.0\.0\.\d+","port_value":\d+/g) ?? [])
    }
    const before = await members()
    // The fault listener of another cluster's host, so that something answers there.
    const { xds } = await mesh.ports()
    const spare = mesh.environment.place('s1').hosts.find(({ cluster }) => cluster === 'spare')
    const token = (await readFile(join(mesh.folder, 'control-plane.token'), 'utf8')).trim()
    const answer = await fetch(`http://127.0.0.1:${xds}/v1/registration/s1-grpc`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: new URLSearchParams({ ip: spare?.address ?? '', port: String(spare?.faultPort) }),
    })
    expect(answer.status).toBe(200)
    const spareSeen = (prefix: string) =>
      mesh.of('attempt-seen').filter(({ id, cluster }) => id.startsWith(prefix) && cluster === 'spare').length
    const known = (hosts: number) => async () => {
      const seen = (await mesh.egressHosts()).get('s1-grpc')
      return seen === hosts || `${seen} hosts`
    }
    await mesh.until('a second host', known(2))
    await mesh.send(
      's1',
      every(2, 50, 'joined', () => ({ host: 'grpc' })),
    )
    expect(spareSeen('joined')).toBeGreaterThan(0)
    await mesh.until('one host again', known(1))
    await mesh.send(
      's1',
      every(2, 50, 'gone', () => ({ host: 'grpc' })),
    )
    expect(spareSeen('gone')).toBe(0)
    expect(await members()).toEqual(before)
    expect(mesh.of('request-answered').filter(({ status }) => status !== 200)).toEqual([])
  })
})
