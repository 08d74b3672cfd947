import { describe, expect, test } from 'vitest'
import type { EnvoyAdmin } from './envoy/admin.ts'
import { layOut } from './layout.ts'
import { configTaken, expectedMembers, refusedConfig, userNames } from './readiness.ts'
import { definitionOf, prepared } from './test-mesh.ts'

const upstream = { hosts: 2, serviceTime: { p50Ms: 1, p99Ms: 1 }, status: 200, bodyBytes: 0 }
const scenarios = [
  prepared('s1', { definition: definitionOf({ name: 'user' }, { name: 'user-next' }), upstreams: { user: upstream } }),
]
const { places, release } = await layOut(scenarios)
release()

const adminWith = (hosts: ReadonlyMap<string, number>, stats: Readonly<Record<string, number>>): EnvoyAdmin => ({
  name: 'egress',
  port: 1,
  ready: async () => true,
  hostsByCluster: async () => hosts,
  configDump: async () => ({}),
  runtimeModify: async () => {},
  stats: async (filter) => Object.fromEntries(Object.entries(stats).filter(([name]) => new RegExp(filter).test(name))),
})

test('ready means that all hosts are known and that the routes were taken', async () => {
  const members = expectedMembers(places, scenarios)
  const hosts = new Map([['s1-user', 1]])
  expect(await configTaken(adminWith(hosts, {}), members, places)).toBe('cluster s1-user has 1 hosts, 2 expected')
  hosts.set('s1-user', 2)
  expect(await configTaken(adminWith(hosts, {}), members, places)).toBe('cluster s1-user-next has 0 hosts, 1 expected')
  hosts.set('s1-user-next', 1)
  expect(await configTaken(adminWith(hosts, {}), members, places)).toContain('route configuration s1-book')
  const stats = { 'http.s1.rds.s1-book.update_success': 1 }
  expect(await configTaken(adminWith(hosts, stats), members, places)).toBe(true)
})

describe("Envoy's words in the user's names", () => {
  const inUsersNames = userNames(places, scenarios)

  test.each([
    ['clusters', "s1-user-next: 's1-user' is wrong", "user-next: 'user' is wrong"],
    ['routes', 'Duplicate entry of domain a in route s1-book', 'Duplicate entry of domain a in route book'],
    ['clusters', 'bad @ resources[1].name', 'bad @ user-next.name'],
    ['clusters', 'bad @ resources[7].name', 'one of user, user-next: bad @ resources[7].name'],
    ['clusters', 'seconds: -1', 'one of user, user-next: seconds: -1'],
    ['routes', 'seconds: -1', 'book: seconds: -1'],
  ])('%s: %s', (type, text, expected) => {
    expect(inUsersNames(type, text)).toBe(expected)
  })
})

test('a refused config is one error that names the resource, the reason and what to do', () => {
  const error = refusedConfig('egress', { type: 'clusters', version: 'v1', reason: 'user: is wrong' }, scenarios)
  expect(error.exitCode).toBe(4)
  expect(error.message).toBe(
    [
      'envoy "egress" refused the clusters that it was served (version v1)',
      '  envoy says: user: is wrong',
      '  served from: book.yaml',
      '  hint: `shaketable compile DEFINITION` writes these resources',
    ].join('\n'),
  )
})
