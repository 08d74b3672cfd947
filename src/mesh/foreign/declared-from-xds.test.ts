// What a foreign config promises: Envoy's defaults filled in, each promise with its place, and what the model does not know
// named instead of guessed.

import { expect, test } from 'vitest'
import { type DeclaredPolicy, possibleRoutes } from '../policy.ts'
import type { JsonObject, Resource } from '../xds.ts'
import { declaredFromXds } from './declared-from-xds.ts'
import type { ForeignConfig } from './foreign-config.ts'

const managerType =
  'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'
const filter = (kind: string, type: string, more: JsonObject = {}): JsonObject => ({
  name: `envoy.filters.http.${kind}`,
  typed_config: { '@type': `type.googleapis.com/envoy.extensions.filters.http.${kind}.v3.${type}`, ...more },
})

function listener(name: string, manager: JsonObject): Resource {
  const typed_config = { '@type': managerType, http_filters: [filter('router', 'Router')], ...manager }
  return resource({ name, filter_chains: [{ filters: [{ name: 'hcm', typed_config }] }] })
}

function resource(value: JsonObject & { readonly name: string }): Resource {
  return { '@type': 'x', ...value }
}

function read(config: Partial<ForeignConfig>): DeclaredPolicy {
  const empty = { listeners: [], routes: [], clusters: [], endpoints: [], changes: [] }
  const base = { sort: 'envoy', from: 'envoy.yaml', node: 'n', bootstrap: {}, ...empty } as const
  return declaredFromXds({ ...base, lineOf: (text) => ({ file: 'envoy.yaml', text }), ...config })
}

const routesOf = (routes: readonly JsonObject[], host: JsonObject = {}): Resource =>
  resource({ name: 'r', virtual_hosts: [{ name: 'h', domains: ['*'], routes, ...host }] })
const routeOf = (action: JsonObject, host: JsonObject = {}) =>
  read({ routes: [routesOf([{ match: { prefix: '/' }, route: action }], host)] }).virtualHosts[0]?.routes[0]

test('a route and its defaults', () => {
  const found = routeOf({ cluster: 'a' })
  const { lines: _, ...route } = { ...found }
  expect(route).toEqual({
    match: { kind: 'prefix', value: '/' },
    cluster: 'a',
    timeoutMs: 15_000,
    hostRewrite: { kind: 'sent' },
  })
  expect(found?.lines.timeout?.text).toBe('/routes/0/virtual_hosts/0/routes/0/route/timeout')
})

test('a retry policy and its defaults; a route has that of its virtual host', () => {
  const defaults = { on: ['5xx'], retries: 1, backOffBaseMs: 25, backOffMaxMs: 250 }
  expect(routeOf({ cluster: 'a', retry_policy: { retry_on: '5xx' } })?.retry).toEqual(defaults)
  const own = {
    retry_on: 'retriable-status-codes, reset',
    num_retries: 0,
    per_try_timeout: '0.25s',
    retriable_status_codes: [418],
    retry_back_off: { base_interval: '0.010s' },
  }
  const host = { retry_policy: own, per_request_buffer_limit_bytes: 100 }
  const inherited = routeOf({ cluster: 'a' }, host)
  expect(inherited?.retry).toEqual({
    on: ['retriable-status-codes', 'reset'],
    statusCodes: [418],
    retries: 0,
    perTryTimeoutMs: 250,
    backOffBaseMs: 10,
    backOffMaxMs: 100,
    bodyKeptBytes: 100,
  })
  expect(inherited?.lines.retryOn?.text).toBe('/routes/0/virtual_hosts/0/retry_policy/retry_on')
  expect(routeOf({ cluster: 'a', retry_policy: { retry_on: '5xx' } }, host)?.retry?.retries).toBe(1)
})

test('weights, copies and rewriting', () => {
  const route = routeOf({
    weighted_clusters: {
      clusters: [
        { name: 'a', weight: 9 },
        { name: 'b', weight: 1, host_rewrite_literal: 'beta' },
      ],
    },
    request_mirror_policies: [
      { cluster: 'c' },
      { cluster: 'd', runtime_fraction: { default_value: { numerator: 25 }, runtime_key: 'copies' } },
    ],
    prefix_rewrite: '/v2',
    auto_host_rewrite: true,
    timeout: '0s',
    idle_timeout: '2s',
  })
  expect(route).toMatchObject({
    cluster: 'a',
    weighted: [
      { cluster: 'a', weight: 9 },
      { cluster: 'b', weight: 1, hostRewrite: { kind: 'literal', value: 'beta' } },
    ],
    shadows: [
      { cluster: 'c', ratio: 1 },
      { cluster: 'd', ratio: 0.25 },
    ],
    pathRewrite: { prefix: '/v2' },
    hostRewrite: { kind: 'auto' },
    timeoutMs: 0,
    idleTimeoutMs: 2000,
  })
})

test('a fraction of the runtime wins over its default', () => {
  const match = { prefix: '/', runtime_fraction: { default_value: { numerator: 5 }, runtime_key: 'shift.next' } }
  const routes = [routesOf([{ match, route: { cluster: 'a' } }])]
  const ratioWith = (static_layer: JsonObject) =>
    read({ routes, bootstrap: { layered_runtime: { layers: [{ static_layer }] } } }).virtualHosts[0]?.routes[0]?.match
      .ratio
  expect(ratioWith({})).toBe(0.05)
  expect(ratioWith({ 'shift.next': 30 })).toBe(0.3)
  expect(ratioWith({ shift: { next: { numerator: 1, denominator: 'TEN_THOUSAND' } } })).toBe(0.0001)
})

test.each<[JsonObject, string]>([
  [{ cluster_header: 'x-cluster' }, 'cluster_header'],
  [{ cluster: 'a', hedge_policy: { hedge_on_per_try_timeout: true } }, 'hedge_policy'],
  [{ cluster: 'a', priority: 'HIGH' }, 'priority HIGH has breakers of its own'],
  [{ cluster: 'a', retry_policy: { retry_on: '5xx', per_try_idle_timeout: '1s' } }, 'per_try_idle_timeout'],
  [
    { weighted_clusters: { clusters: [{ name: 'a', weight: 1 }], header_name: 'x-dice' } },
    'weighted_clusters.header_name',
  ],
])('%j is not modelled', (action, words) => {
  expect(routeOf(action)?.unmodelled).toBe(words)
})

test('answers of its own', () => {
  const routes = [
    { match: { path: '/a' }, redirect: { https_redirect: true, port_redirect: 8443, strip_query: true } },
    { match: { path: '/b' }, redirect: { response_code: 'SEE_OTHER', path_redirect: '/c' } },
    { match: { path: '/d' }, direct_response: { status: 418 } },
  ]
  const { virtualHosts } = read({ routes: [routesOf(routes)] })
  expect(virtualHosts[0]?.routes.map(({ answers }) => answers)).toEqual([
    { status: 301, redirect: { scheme: 'https', port: 8443, stripQuery: true } },
    { status: 303, redirect: { path: '/c' } },
    { status: 418 },
  ])
})

test('a cluster and its defaults', () => {
  const [plain, full] = read({
    clusters: [
      resource({
        name: 'plain',
        type: 'EDS',
        eds_cluster_config: { service_name: 'discovered' },
        outlier_detection: {},
      }),
      resource({
        name: 'full',
        type: 'STRICT_DNS',
        connect_timeout: '0.5s',
        typed_extension_protocol_options: {
          'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
            explicit_http_config: { http2_protocol_options: {} },
          },
        },
        circuit_breakers: {
          thresholds: [
            { priority: 'HIGH', max_requests: 1 },
            { max_requests: 7, retry_budget: { budget_percent: { value: 30 } } },
          ],
        },
        common_lb_config: { healthy_panic_threshold: { value: 0 }, update_merge_window: '0s' },
        load_assignment: {
          endpoints: [
            {
              lb_endpoints: [
                { endpoint: { address: { socket_address: { address: 'full.internal' } } } },
                { endpoint: { hostname: 'own' } },
              ],
            },
          ],
        },
      }),
    ],
    endpoints: [
      resource({
        name: 'x',
        cluster_name: 'discovered',
        endpoints: [{ lb_endpoints: [{ endpoint: {} }, { endpoint: {} }, { endpoint: {} }] }],
      }),
    ],
  }).clusters
  expect(plain).toMatchObject({
    connectTimeoutMs: 5000,
    protocol: 'HTTP/1.1',
    discovery: 'eds',
    hosts: 3,
    breakers: { maxConnections: 1024, maxPendingRequests: 1024, maxRequests: 1024, maxRetries: 3 },
    outlier: { consecutive5xx: 5, intervalMs: 10_000, maxEjectionPercent: 10, enforcingConsecutive5xx: 100 },
    mergeWindowMs: 1000,
  })
  expect(full).toMatchObject({
    connectTimeoutMs: 500,
    protocol: 'HTTP/2',
    discovery: 'dns',
    hostnames: ['full.internal', 'own'],
    breakers: { maxRequests: 7, retryBudget: { percent: 30, minConcurrency: 3 } },
    panicThreshold: 0,
    mergeWindowMs: 0,
  })
  expect(full).not.toHaveProperty('outlier')
})

test.each<[JsonObject, string]>([
  [{ health_checks: [{}] }, 'health_checks'],
  [{ type: 'ORIGINAL_DST' }, 'hosts are the original destinations'],
  [{ outlier_detection: { split_external_local_origin_errors: true } }, 'split_external_local_origin_errors'],
])('of a cluster with %j hosts and breakers are not modelled', (settings, words) => {
  expect(read({ clusters: [resource({ name: 'a', ...settings })] }).clusters[0]?.unmodelled).toBe(words)
})

test('a cluster that gets copies is not held to its breakers', () => {
  const routes = [
    routesOf([{ match: { prefix: '/' }, route: { cluster: 'a', request_mirror_policies: [{ cluster: 'b' }] } }]),
  ]
  const { clusters } = read({ routes, clusters: [resource({ name: 'a' }), resource({ name: 'b' })] })
  expect(clusters.map(({ unmodelled }) => unmodelled)).toEqual([undefined, 'it gets copies'])
})

test('what a listener does before it routes', () => {
  const manager = {
    normalize_path: true,
    path_with_escaped_slashes_action: 'UNESCAPE_AND_REDIRECT',
    strip_any_host_port: true,
    http_filters: [filter('local_ratelimit', 'LocalRateLimit'), filter('router', 'Router')],
    rds: { route_config_name: 'r' },
  }
  const declared = read({
    listeners: [listener('web', manager)],
    routes: [
      resource({ name: 'other' }),
      routesOf([{ match: { path: '/b' }, route: { cluster: 'a' } }], { domains: ['h'] }),
    ],
  })
  expect(declared.listeners).toMatchObject([
    {
      name: 'web',
      normalizePath: true,
      escapedSlashes: 'redirect',
      stripPort: 'any',
      answeredBy: ['envoy.filters.http.local_ratelimit'],
    },
  ])
  const found = (path: string) => possibleRoutes(declared, { host: 'H:80', method: 'GET', path })[0]?.cluster
  expect([found('/a/../b'), found('/a%2f../b'), found('/b/')]).toEqual(['a', undefined, undefined])
})

test.each<[JsonObject, string]>([
  [{ http_filters: [filter('lua', 'Lua')] }, 'the filter envoy.filters.http.lua may change requests'],
  [{ local_reply_config: { mappers: [{ status_code: 500 }] } }, 'local_reply_config changes statuses'],
  [{ scoped_routes: { name: 's' } }, 'scoped_routes'],
])('a listener with %j is not modelled', (manager, words) => {
  expect(read({ listeners: [listener('web', manager)] }).listeners?.[0]?.unmodelled).toBe(words)
})

test('listeners keep their routes apart, and the first is where a request enters', () => {
  const inline = (cluster: string) => ({ route_config: routesOf([{ match: { prefix: '/' }, route: { cluster } }]) })
  const declared = read({ listeners: [listener('one', inline('a')), listener('two', inline('b'))] })
  const found = (listener?: string) =>
    possibleRoutes(declared, { host: 'x', method: 'GET', path: '/', ...(listener && { listener }) })[0]?.cluster
  expect([found(), found('one'), found('two'), found('three')]).toEqual(['a', 'a', 'b', undefined])
})

test('nothing but an empty config is needed', () => {
  expect(read({})).toEqual({ node: 'n', file: 'envoy.yaml', virtualHosts: [], clusters: [] })
})
