import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../xds.ts'
import { at, objectAt, objectsAt, textsIn } from './json-tree.ts'
import { readConfigDump } from './read-config-dump.ts'
import { readEnvoyYaml } from './read-envoy-yaml.ts'
import { rewriteForeign } from './rewrite-foreign.ts'
import {
  authz,
  config,
  extension,
  fixture,
  listener,
  manager,
  managerOf,
  planOf,
  rewritten,
  router,
  toApp,
  virtualHostsOf,
} from './test-foreign.ts'

const tls = extension('tls', 'envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext')
const saying = (lines: readonly string[], text: string) => lines.filter((line) => line.includes(text))

test('all that is changed in the config that needs others, word by word', async () => {
  const read = await readEnvoyYaml(fixture('needs-others.yaml'), 'x')
  const { changes } = rewriteForeign(read, planOf(read, { stubs: { 'envoy.filters.http.ext_authz': 'allow' } }))
  await expect(`${changes.join('\n')}\n`).toMatchFileSnapshot(fixture('needs-others.golden.patch'))
})

describe('a listener', () => {
  test('is on our port, in plain text, without what needs a network', async () => {
    const filter = (name: string, type: string) => extension(name, `envoy.extensions.filters.listener.${type}`)
    const { listeners, changes } = await rewritten({
      listeners: [
        listener({
          listener_filters: [
            filter('tls', 'tls_inspector.v3.TlsInspector'),
            filter('proxy', 'proxy_protocol.v3.ProxyProtocol'),
            filter('http', 'http_inspector.v3.HttpInspector'),
          ],
          use_original_dst: true,
          socket_options: [],
          additional_addresses: [],
          access_log: [],
          per_connection_buffer_limit_bytes: 1000,
          filter_chains: [{ filter_chain_match: { server_names: ['a'] }, transport_socket: tls, filters: [manager()] }],
        }),
      ],
    })
    const only: JsonObject = listeners[0] ?? {}
    expect(only.address).toEqual({ socket_address: { address: '127.0.0.1', port_value: 1000 } })
    expect(objectsAt(only, 'listener_filters').map(({ name }) => name)).toEqual(['http'])
    expect(Object.keys(objectAt(only, 'filter_chains', 0))).toEqual(['filters'])
    expect(Object.keys(only).toSorted()).toEqual(
      [
        '@type',
        'address',
        'enable_reuse_port',
        'filter_chains',
        'listener_filters',
        'name',
        'per_connection_buffer_limit_bytes',
      ].toSorted(),
    )
    for (const what of [
      'address 0.0.0.0:80 -> 127.0.0.1:1000',
      'downstream TLS removed',
      'filter_chain_match removed: {"server_names":["a"]}',
      'use_original_dst removed',
      'listener filter proxy removed',
    ]) {
      expect(saying(changes, `listener door: ${what}`)).toHaveLength(1)
    }
  })

  test('has our logs in place of its own, and no tracing; how it treats addresses and paths stays', async () => {
    const file = extension('file', 'envoy.extensions.access_loggers.file.v3.FileAccessLog', { path: '/no/such/log' })
    const kept = { use_remote_address: true, xff_num_trusted_hops: 2, normalize_path: true, stream_idle_timeout: '9s' }
    const { listeners, changes } = await rewritten({
      listeners: [
        listener(
          {},
          manager({
            ...kept,
            access_log: [file],
            access_log_options: { access_log_flush_interval: '1s' },
            tracing: {},
          }),
        ),
      ],
    })
    const found = managerOf(listeners[0])
    expect(found).toMatchObject({ ...kept, access_log: ['our access log'] })
    expect(found.tracing ?? found.access_log_options).toBeUndefined()
    expect(at(found, 'http_filters', 0, 'typed_config', 'upstream_log')).toEqual(['our upstream log'])
    expect(changes).toContain('listener door: access logs replaced by ours (were: file /no/such/log)')
  })

  test('asks our control plane for its routes where that serves them', async () => {
    const read = await readConfigDump(fixture('recorded.config_dump.json'), 'x')
    const discovery = { our: 'config source' }
    const run = rewriteForeign(read, planOf(read, { discovery }))
    expect(managerOf(run.listeners[0]).rds).toEqual({ route_config_name: 'shop_routes', config_source: discovery })
    expect(run.routes.map(({ name }) => name)).toEqual(['shop_routes'])
    expect(at(run.clusters[0], 'eds_cluster_config')).toEqual({ service_name: 'cart', eds_config: discovery })
  })
})

describe('routes', () => {
  test('count attempts; TLS is not asked for; everything else stays', async () => {
    const host = { require_tls: 'ALL', retry_policy: { num_retries: 2 }, routes: [toApp] }
    const { listeners, changes } = await rewritten({ listeners: [listener({}, manager({}, host))] })
    expect(virtualHostsOf(listeners[0])).toEqual([
      {
        name: 'app',
        domains: ['*'],
        routes: [toApp],
        retry_policy: { num_retries: 2 },
        include_request_attempt_count: true,
      },
    ])
    expect(saying(changes, 'virtual host app: require_tls ALL removed')).toHaveLength(1)
    expect(saying(changes, 'virtual host app: include_request_attempt_count -> true')).toHaveLength(1)
  })

  test('mark copies, on routes and on hosts', async () => {
    const mirrors = [{ cluster: 'app', request_headers_mutations: [{ remove: 'x' }] }]
    const host = {
      request_mirror_policies: mirrors,
      routes: [{ match: { prefix: '/' }, route: { cluster: 'app', request_mirror_policies: mirrors } }],
    }
    const { listeners, changes } = await rewritten({ listeners: [listener({}, manager({}, host))] })
    const [found = {}] = virtualHostsOf(listeners[0])
    const mark = {
      append: { header: { key: 'x-shaketable-shadow', value: '1' }, append_action: 'OVERWRITE_IF_EXISTS_OR_ADD' },
    }
    const marked = [{ cluster: 'app', request_headers_mutations: [{ remove: 'x' }, mark] }]
    expect(found.request_mirror_policies).toEqual(marked)
    expect(at(found, 'routes', 0, 'route', 'request_mirror_policies')).toEqual(marked)
    expect(changes).toContain('virtual host app: copies of 2 mirrors are marked by the header x-shaketable-shadow')
  })

  test('lose the settings of a stubbed filter, whatever it is called', async () => {
    const settings = {
      '@type': 'type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute',
      disabled: true,
    }
    const route = { ...toApp, typed_per_filter_config: { mine: settings, other: {} } }
    const parts = {
      listeners: [listener({}, manager({ http_filters: [{ ...authz, name: 'mine' }, router] }, { routes: [route] }))],
    }
    const { listeners } = await rewritten(parts, { stubs: { 'envoy.filters.http.ext_authz': 'allow' } })
    expect(at(virtualHostsOf(listeners[0])[0], 'routes', 0, 'typed_per_filter_config')).toEqual({ other: {} })
  })
})

test('of the bootstrap nothing stays that leads out of this process', async () => {
  const { bootstrap, changes } = await rewritten({
    bootstrap: {
      admin: {},
      stats_sinks: [],
      tracing: {},
      hds_config: {},
      overload_manager: {},
      default_regex_engine: { name: 'r' },
      layered_runtime: {
        layers: [
          { name: 'here', static_layer: { a: 1, overload: { global_downstream_max_connections: 5, b: 2 } } },
          { name: 'disk', disk_layer: {} },
          { name: 'rtds', rtds_layer: {} },
        ],
      },
      stats_config: { stats_matcher: {}, stats_tags: [] },
      cluster_manager: { load_stats_config: {}, local_cluster_name: 'app' },
    },
  })
  expect(bootstrap).toEqual({
    default_regex_engine: { name: 'r' },
    layered_runtime: { layers: [{ name: 'here', static_layer: { a: 1, overload: { b: 2 } } }] },
    stats_config: { stats_tags: [] },
    cluster_manager: { local_cluster_name: 'app' },
  })
  expect(saying(changes, 'bootstrap: ')).toHaveLength(10)
})

const files = [
  'front-proxy',
  'canary',
  'edge',
  'edge-tls',
  'regex-rewrites',
  'side-car',
  'grpc-bridge',
  'shadow',
  'two-callers',
]
test.each(files)('no address but ours is left in %s', async (name) => {
  const read = await readEnvoyYaml(fixture(`${name}.yaml`), 'x')
  const run = rewriteForeign(read, planOf(read))
  const addresses = [...run.listeners, ...run.clusters].flatMap((one) => addressesIn(one))
  expect(addresses.length).toBeGreaterThan(0)
  expect(addresses.filter((one) => !one.startsWith('127.0.0.'))).toEqual([])
  expect([...textsIn([...run.listeners, ...run.clusters])].filter((text) => /^\/(etc|var)\//.test(text))).toEqual([])
})

function addressesIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, member]) =>
    key === 'socket_address' ? [String((member as JsonObject).address)] : addressesIn(member),
  )
}

test('a listener that nobody planned a port for is a bug, not a surprise', async () => {
  const read = await config()
  expect(() => rewriteForeign(read, planOf(read, { ports: {} }))).toThrow('no port was planned for listener door')
})
