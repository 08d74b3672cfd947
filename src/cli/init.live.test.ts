// What `init` writes passes on the real Envoy: for a definition, an envoy.yaml that nobody has seen before, a config dump, a
// directory of xDS objects and a running control plane, all in one run, without a file being edited.

import { cpSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { packageRoot } from '../core/package-root.ts'
import type { RunReport } from '../core/report-model.ts'
import { leftovers, nothing, playground } from './test-rig.ts'

const where = playground()
afterAll(() => where[Symbol.dispose]())

const fixtures = join(packageRoot(), 'fixtures')
const copy = (from: string, to: string) => cpSync(join(fixtures, from), join(where.folder, to), { recursive: true })

const manager = (filters: readonly string[], virtualHosts: readonly object[]) => ({
  name: 'envoy.filters.network.http_connection_manager',
  typed_config: {
    '@type': 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
    stat_prefix: 'public',
    access_log: [
      {
        name: 'envoy.access_loggers.file',
        typed_config: {
          '@type': 'type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog',
          path: '/var/log/is-not-there/access.log',
        },
      },
    ],
    http_filters: filters.map((name) => ({
      name: `envoy.filters.http.${name.toLowerCase()}`,
      typed_config: { '@type': `type.googleapis.com/envoy.extensions.filters.http.${name.toLowerCase()}.v3.${name}` },
    })),
    route_config: { name: 'public', virtual_hosts: virtualHosts },
  },
})

const cluster = (name: string, hosts: readonly string[], more: object = {}) => ({
  name,
  type: 'STRICT_DNS',
  connect_timeout: '0.25s',
  load_assignment: {
    cluster_name: name,
    endpoints: [
      {
        lb_endpoints: hosts.map((address) => ({
          endpoint: { address: { socket_address: { address, port_value: 8080 } } },
        })),
      },
    ],
  },
  ...more,
})

/** TLS, a log in a folder that is not there, a regex, a header, weights, a redirect, two hosts that may be ejected. */
const gateway = {
  node: { id: 'gw-1', cluster: 'gateway' },
  static_resources: {
    listeners: [
      {
        name: 'public',
        address: { socket_address: { address: '0.0.0.0', port_value: 8443 } },
        filter_chains: [
          {
            transport_socket: {
              name: 'envoy.transport_sockets.tls',
              typed_config: {
                '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext',
                common_tls_context: {
                  tls_certificates: [
                    { certificate_chain: { filename: '/tls.crt' }, private_key: { filename: '/tls.key' } },
                  ],
                },
              },
            },
            filters: [
              manager(
                ['Cors', 'Router'],
                [
                  {
                    name: 'api',
                    domains: ['api.shop.test'],
                    routes: [
                      {
                        match: { safe_regex: { regex: '/v[0-9]+/orders/[a-f0-9]{8}' } },
                        route: {
                          cluster: 'orders',
                          timeout: '2.5s',
                          retry_policy: { retry_on: '5xx,reset', num_retries: 2, per_try_timeout: '0.6s' },
                        },
                      },
                      {
                        match: { prefix: '/search', headers: [{ name: 'x-try', string_match: { exact: 'b' } }] },
                        route: { cluster: 'search-b', timeout: '1s' },
                      },
                      {
                        match: { path_separated_prefix: '/search' },
                        route: {
                          timeout: '1s',
                          weighted_clusters: {
                            clusters: [
                              { name: 'search-a', weight: 80 },
                              { name: 'search-c', weight: 20 },
                            ],
                          },
                        },
                      },
                      { match: { prefix: '/' }, redirect: { path_redirect: '/search' } },
                    ],
                  },
                ],
              ),
            ],
          },
        ],
      },
    ],
    clusters: [
      cluster('orders', ['orders.internal']),
      cluster('search-a', ['a1.internal', 'a2.internal'], {
        outlier_detection: { consecutive_5xx: 5, max_ejection_percent: 50 },
      }),
      cluster('search-b', ['b.internal']),
      cluster('search-c', ['c.internal']),
      cluster('metrics', ['metrics.internal']),
    ],
  },
}

async function init(...args: readonly string[]): Promise<string> {
  const end = await where.shaketable(['init', ...args])
  expect(end).toMatchObject({ code: 0, stderr: '' })
  return end.stdout
}

/** Nodes of their own, so that the scenarios' names are as well. */
function store(folder: string, node: string): void {
  copy('foreign/xds/shop', folder)
  for (const type of ['clusters', 'routes']) {
    const discovery = join(where.folder, folder, 'v3/discovery', type)
    renameSync(join(discovery, 'shop'), join(discovery, node))
  }
}

test('from init to a report without editing a file', async () => {
  copy('mesh/book.yaml', 'book.yaml')
  copy('foreign/recorded.config_dump.json', 'dump.json')
  store('stored', 'stored')
  store('served', 'served')
  where.write('envoy.yaml', JSON.stringify(gateway))
  const serve = join(fixtures, 'foreign/control-plane/serve.ts')
  const command = `'${process.execPath}' ${serve} --listen 127.0.0.1:{port} --protocol rest --node served --serve served`

  expect(await init('book.yaml')).toMatch(/wrote scenarios\/book-user-development\.yaml/)
  expect(await init('envoy.yaml')).toMatch(/left out metrics: no HTTP route leads to it/)
  expect(await init('dump.json')).toMatch(/wrote scenarios\/front-cart\.yaml/)
  expect(await init('stored')).toMatch(/wrote scenarios\/stored-catalogue\.yaml/)
  expect(await init('--control-plane', command, '--protocol', 'rest', '--node', 'served')).toMatch(
    /wrote scenarios\/served-catalogue\.yaml/,
  )
  expect(leftovers(where)).toEqual(nothing)

  const end = await where.shaketable(['run', '-o', 'json'])
  const { scenarios } = JSON.parse(end.stdout) as RunReport
  expect(scenarios.map(({ name }) => name)).toEqual([
    ...['book-ab-testing-development', 'book-user-development', 'front-cart', 'front-catalog'],
    ...['gateway-orders', 'gateway-search-a', 'gateway-search-b', 'gateway-search-c'],
    ...['served-catalogue', 'served-reviews', 'stored-catalogue', 'stored-reviews'],
  ])
  // On a busy machine the oracle may not be able to time enough requests; nothing else may keep one from passing.
  const open = scenarios.flatMap(({ name, expectations }) =>
    expectations
      .filter(({ verdict, summary }) => verdict !== 'pass' && !summary.includes('the machine was too slow'))
      .map(({ check, summary }) => `${name}: ${check}: ${summary}`),
  )
  expect(open).toEqual([])
  expect(scenarios.flatMap(({ faults }) => faults.filter(({ fired }) => fired === 0))).toEqual([])
})
