import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readXdsDirectory } from './read-xds-directory.ts'

const shop = new URL('../../../fixtures/foreign/xds/shop', import.meta.url).pathname
const folder = mkdtempSync(join(tmpdir(), 'shaketable-test-xds-'))
afterAll(() => rmSync(folder, { recursive: true }))

const cluster = { '@type': 'type.googleapis.com/envoy.config.cluster.v3.Cluster', name: 'a' }
const routes = { '@type': 'type.googleapis.com/envoy.config.route.v3.RouteConfiguration', name: 'book' }
let count = 0

/** A directory with these objects of node `book`. */
function directory(objects: Readonly<Record<string, unknown>>): string {
  const path = join(folder, String(++count))
  for (const [name, value] of Object.entries(objects)) {
    const file = join(path, 'v3/discovery', name)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(
      file,
      typeof value === 'string' ? value : JSON.stringify({ version_info: '1', resources: value }, undefined, 1),
    )
  }
  return path
}

test('all four types, with the place of each piece', async () => {
  const config = await readXdsDirectory(shop, 'shop')
  const names = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name)
  expect(config).toMatchObject({ sort: 'xds', from: shop, node: 'shop', bootstrap: {}, changes: [] })
  expect(names(config.clusters)).toEqual(['catalogue', 'reviews'])
  expect([names(config.routes), names(config.listeners), names(config.endpoints)]).toEqual([
    ['shop'],
    ['shop'],
    ['reviews'],
  ])
  expect(config.lineOf('/clusters/0/connect_timeout')).toMatchObject({
    file: join(shop, 'v3/discovery/clusters/shop'),
    line: 9,
    text: '"connect_timeout": "0.250s",',
    pointer: '/resources/0/connect_timeout',
  })
  const retries = '/routes/0/virtual_hosts/0/routes/1/route/retry_policy/num_retries'
  expect(config.lineOf(retries)).toMatchObject({ text: '"num_retries": 2,' })
  expect(config.lineOf('/endpoints/0/cluster_name').text).toBe('"cluster_name": "reviews",')
})

test('an object in one long line has places, too: the values themselves', async () => {
  const path = directory({
    'clusters/book': JSON.stringify({ resources: [{ ...cluster, connect_timeout: '1s' }] }),
    'routes/book': [routes],
  })
  const { lineOf } = await readXdsDirectory(path, 'book')
  expect(lineOf('/clusters/0/connect_timeout')).toMatchObject({ pointer: '/resources/0/connect_timeout', text: '"1s"' })
})

test('fields in camelCase and resources in wrappers are read', async () => {
  const { '@type': type, ...plain } = cluster
  const wrapped = {
    '@type': 'type.googleapis.com/envoy.service.discovery.v3.Resource',
    name: 'a',
    resource: {
      '@type': type,
      ...plain,
      connectTimeout: '1s',
      metadata: { filterMetadata: { acmeKeys: { camelCase: 1 } } },
    },
  }
  const path = directory({
    'clusters/book': [wrapped],
    'routes/book': [{ ...routes, virtualHosts: [{ name: 'x', domains: ['*'], includeRequestAttemptCount: true }] }],
  })
  const config = await readXdsDirectory(path, 'book')
  expect(config.clusters[0]).toMatchObject({
    connect_timeout: '1s',
    metadata: { filter_metadata: { acmeKeys: { camelCase: 1 } } },
  })
  expect(config.routes[0]).toMatchObject({ virtual_hosts: [{ include_request_attempt_count: true }] })
})

test.for<[string, Readonly<Record<string, unknown>>, RegExp]>([
  [
    'another node',
    { 'clusters/boot': [cluster] },
    /clusters of node book, found only boot; did you mean boot\? \(mesh.node\)/,
  ],
  ['other nodes', { 'clusters/x': [], 'clusters/y': [] }, /found only x, y; name one of them in mesh.node/],
  ['nothing', {}, /expected a directory with v3\/discovery\/clusters\/NODE, found no such folder/],
  ['no routes', { 'clusters/book': [cluster] }, /routes\/book: expected the routes of node book, found none/],
  [
    'no JSON',
    { 'clusters/book': '{\n "resources": [,]}', 'routes/book': [routes] },
    /clusters\/book.*: expected a DiscoveryResponse in JSON, found a mistake/,
  ],
  [
    'no response',
    { 'clusters/book': '[]', 'routes/book': [routes] },
    /expected a DiscoveryResponse with a list of resources, found \[\]/,
  ],
  [
    'the wrong type',
    { 'clusters/book': [routes], 'routes/book': [routes] },
    /book:5:\d+ \(\/resources\/0\/@type\): expected "@type": "[^"]+v3.Cluster", found "envoy.config.route.v3.RouteConfiguration"/,
  ],
  [
    'an old type',
    { 'clusters/book': [{ ...cluster, '@type': 'type.googleapis.com/envoy.api.v2.Cluster' }], 'routes/book': [routes] },
    /Envoy speaks v3 only/,
  ],
  ['no type', { 'clusters/book': [{ name: 'a' }], 'routes/book': [routes] }, /\(\/resources\/0\): expected "@type"/],
  [
    'no name',
    { 'clusters/book': [{ '@type': cluster['@type'] }], 'routes/book': [routes] },
    /expected a text as name, found none/,
  ],
])('refused: %s', async ([, objects, message]) => {
  const error = await readXdsDirectory(directory(objects), 'book').catch((caught: Error) => caught)
  expect(error).toMatchObject({ name: 'InputError', message: expect.stringMatching(message) })
})
