// Only what is on the allow-list may change; everything else must come out byte for byte as it went in.

import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { compileDefinition, type Json, type XdsResources } from './compile.ts'
import { definitionArbitrary } from './definition.arbitrary.ts'
import { loadDefinition } from './definition.ts'
import { type RunPlan, rewriteForRun } from './rewrite.ts'

vi.setConfig({ testTimeout: 60_000 })

async function compiled(name: string): Promise<XdsResources> {
  const { definition } = await loadDefinition(new URL(`../../fixtures/mesh/${name}`, import.meta.url).pathname)
  return compileDefinition(definition, 'book')
}

const hosts = [
  { address: '127.0.0.2', port: 1234 },
  { address: '127.0.0.3', port: 1235 },
]

test('book with a prefix', async () => {
  const before = await compiled('book.yaml')
  const copy = structuredClone(before)
  const { resources, changes } = rewriteForRun(before, { prefix: 's3.', endpoints: { 'user-development': hosts } })
  expect(before).toEqual(copy)
  expect(changes).toEqual([
    'user-development: name -> s3.user-development',
    'user-development: type STRICT_DNS -> STATIC (hosts are ours: 127.0.0.2:1234, 127.0.0.3:1235)',
    'user-development: hostname of our hosts is user-app, so auto_host_rewrite sends what it would have sent',
    'user-development: dns_lookup_family removed',
    'ab-testing-development: name -> s3.ab-testing-development',
    'ab-testing-development: EDS service_name ab-testing-development -> s3.ab-testing-development',
    'book: route configuration name -> s3.book',
    'virtual host user: cluster user-development -> s3.user-development in 5 routes',
    'virtual host user: include_request_attempt_count -> true (attempts are counted in a header)',
    'virtual host ab-testing: cluster ab-testing-development -> s3.ab-testing-development in 3 routes',
    'virtual host ab-testing: include_request_attempt_count -> true (attempts are counted in a header)',
  ])
  expect(resources.clusters[0]).toEqual({
    '@type': 'type.googleapis.com/envoy.config.cluster.v3.Cluster',
    name: 's3.user-development',
    type: 'STATIC',
    load_assignment: {
      cluster_name: 's3.user-development',
      endpoints: [
        {
          lb_endpoints: hosts.map(({ address, port }) => ({
            endpoint: { address: { socket_address: { address, port_value: port } }, hostname: 'user-app' },
          })),
        },
      ],
    },
    connect_timeout: '0.250s',
    circuit_breakers: { thresholds: [{ max_connections: 64, max_pending_requests: 128, max_retries: 3 }] },
  })
})

test('without a prefix nothing is renamed', async () => {
  const { resources, changes } = rewriteForRun(await compiled('book.yaml'), {
    prefix: '',
    endpoints: { 'user-development': hosts },
  })
  expect(resources.routes[0]?.name).toBe('book')
  expect(resources.clusters.map(({ name }) => name)).toEqual(['user-development', 'ab-testing-development'])
  expect(changes.join('\n')).not.toMatch(/name ->|cluster .* ->|service_name/)
})

test('upstream TLS goes, also where hosts are discovered', async () => {
  const endpoints = { 'secure-production': hosts, 日本: hosts, rest: hosts }
  const { resources, changes } = rewriteForRun(await compiled('everything.yaml'), { prefix: 'a-', endpoints })
  expect(JSON.stringify(resources)).not.toContain('transport_socket')
  expect(changes.filter((line) => line.includes('TLS'))).toHaveLength(3)
  expect(changes).toContain('日本: hostname of our hosts is ::1, so auto_host_rewrite sends what it would have sent')
})

test('a cluster without hosts in the plan is refused', async () => {
  const resources = await compiled('book.yaml')
  expect(() => rewriteForRun(resources, { prefix: '', endpoints: {} })).toThrow(
    'cluster user-development: expected hosts of ours for this run, found none planned',
  )
})

test('everything that is not on the allow-list stays byte for byte', () => {
  fc.assert(
    fc.property(definitionArbitrary(), fc.constantFrom('', 's3.'), (definition, prefix) => {
      const before = compileDefinition(definition, 'node')
      const endpoints = Object.fromEntries(before.clusters.map(({ name }) => [name, hosts]))
      const plan: RunPlan = { prefix, endpoints }
      const { resources, changes } = rewriteForRun(before, plan)
      const left = masked(before, '')
      expect(JSON.stringify(masked(resources, prefix))).toBe(JSON.stringify(left))
      // Twice the same input gives twice the same lines, and there is a line for each cluster that changed.
      expect(rewriteForRun(before, plan).changes).toEqual(changes)
      before.clusters.forEach((cluster, index) => {
        const same = JSON.stringify(cluster) === JSON.stringify(resources.clusters[index])
        expect(changes.some((line) => line.startsWith(`${cluster.name}: `))).toBe(!same)
      })
    }),
    { numRuns: 200 },
  )
})

/** Takes out what the allow-list names, and takes the prefix off the names: what remains must be the same. */
function masked({ clusters, routes }: XdsResources, prefix: string): unknown {
  const plain = (name: Json | undefined) => {
    expect(String(name).startsWith(prefix)).toBe(true)
    return String(name).slice(prefix.length)
  }
  const record = (value: Json | undefined) => value as Readonly<Record<string, Json>>
  return {
    clusters: clusters.map(
      ({ type, load_assignment, dns_lookup_family, transport_socket, eds_cluster_config, ...rest }) => ({
        ...rest,
        name: plain(rest.name),
        ...(eds_cluster_config !== undefined && {
          eds: { ...record(eds_cluster_config), service_name: plain(record(eds_cluster_config).service_name) },
        }),
      }),
    ),
    routes: routes.map((config) => ({
      ...config,
      name: plain(config.name),
      virtual_hosts: (config.virtual_hosts as Json[]).map((host) => {
        const { include_request_attempt_count, ...rest } = record(host)
        return {
          ...rest,
          routes: (rest.routes as Json[]).map((route) => {
            const action = record(record(route).route)
            return { ...record(route), route: { ...action, cluster: plain(action.cluster) } }
          }),
        }
      }),
    })),
  }
}
