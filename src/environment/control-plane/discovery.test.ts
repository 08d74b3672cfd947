import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { currentResponse, type DiscoveryRequest, readDiscoveryRequest } from './discovery.ts'
import { directoryStore, type ObjectStore } from './object-store.ts'
import { type Registrations, storedRegistrations } from './registrations.ts'

let folder: string
let store: ObjectStore
let registrations: Registrations
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'discovery-'))
  store = directoryStore(folder)
  registrations = storedRegistrations(store, 60_000)
})
afterEach(() => rm(folder, { recursive: true }))

const request = (names: readonly string[] = [], cluster = 'book'): DiscoveryRequest => ({
  version_info: '',
  node: { id: 'envoy', cluster },
  resource_names: names,
})
const routes = (...names: readonly string[]) => names.map((name) => ({ '@type': 'routes', name, marker: name.length }))
const storeRoutes = (version: string, resources: readonly object[], node = 'book') =>
  store.write(
    `v3/discovery/routes/${encodeURIComponent(node)}`,
    JSON.stringify({ version_info: version, resources, type_url: 'routes' }),
  )
const current = (names: readonly string[] = [], cluster = 'book') =>
  currentResponse(store, registrations, 'routes', request(names, cluster))

describe('stored objects', () => {
  test('come as they are, by the name of the node, whatever is in it', async () => {
    await storeRoutes('v1', routes('a'), 'a b/ä')
    expect(await current([], 'a b/ä')).toEqual({ version_info: 'v1', resources: routes('a'), type_url: 'routes' })
  })

  test.each(['', '.', '..', 'nobody'])('there is none for the node "%s"', async (node) => {
    await storeRoutes('v1', routes('a'))
    expect(await current([], node)).toBeUndefined()
  })

  test('are cut to the names asked for, with a version that other resources do not change', async () => {
    await storeRoutes('v1', routes('a', 'b'))
    const before = await current(['b'])
    expect(before?.resources).toEqual(routes('b'))
    await storeRoutes('v2', [...routes('b'), { name: 'a', marker: 99 }])
    expect((await current(['b']))?.version_info).toBe(before?.version_info)
    await storeRoutes('v3', [...routes('a'), { name: 'b', marker: 99 }])
    expect((await current(['b']))?.version_info).not.toBe(before?.version_info)
  })

  test('keep their own version where all resources were asked for', async () => {
    await storeRoutes('v1', routes('a'))
    expect((await current(['a']))?.version_info).toBe('v1')
  })
})

test('endpoints are the registered hosts, and an empty cluster has none', async () => {
  await registrations.register('user', { ip: '127.0.0.2', port: 81, revision: '', tags: {} })
  const ask = () => currentResponse(store, registrations, 'endpoints', request(['user', 'nobody']))
  const response = await ask()
  expect(response?.resources).toEqual([
    {
      '@type': 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment',
      cluster_name: 'user',
      endpoints: [
        {
          lb_endpoints: [{ endpoint: { address: { socket_address: { address: '127.0.0.2', port_value: 81 } } } }],
        },
      ],
    },
    expect.objectContaining({ cluster_name: 'nobody', endpoints: [{ lb_endpoints: [] }] }),
  ])
  // A refresh is no news.
  await registrations.register('user', { ip: '127.0.0.2', port: 81, revision: '', tags: {} })
  expect((await ask())?.version_info).toBe(response?.version_info)
})

describe('requests', () => {
  test('what is left out is empty', () => {
    expect(readDiscoveryRequest('{}')).toEqual({ version_info: '', node: { id: '', cluster: '' }, resource_names: [] })
    const full = '{"version_info":"v1","node":{"id":"i","cluster":"c","metadata":{}},"resource_names":["a"],"x":1}'
    expect(readDiscoveryRequest(full)).toEqual({
      version_info: 'v1',
      node: { id: 'i', cluster: 'c' },
      resource_names: ['a'],
    })
  })

  test.each([
    '',
    'nonsense',
    'null',
    '[]',
    '7',
    '{"node": 7}',
    '{"node": {"cluster": 7}}',
    '{"version_info": {}}',
    '{"resource_names": "a"}',
    '{"resource_names": [7]}',
  ])('%s is none', (body) => {
    expect(() => readDiscoveryRequest(body)).toThrow('a DiscoveryRequest in JSON expected')
  })
})
