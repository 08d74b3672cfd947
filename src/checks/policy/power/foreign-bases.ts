// The declared side of the power test for foreign configs: small envoy.yaml files, each with the traffic and the faults that
// make one part of the policy visible. What is served differs by exactly one mistake (foreign-mistakes.ts).

import type { Base, LooseRecord } from './bases.ts'

const managerType =
  'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'
const router = {
  name: 'envoy.filters.http.router',
  typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
}

const cluster = (name: string, more: LooseRecord = {}): LooseRecord => ({
  name,
  type: 'STRICT_DNS',
  connect_timeout: '0.5s',
  load_assignment: {
    cluster_name: name,
    endpoints: [
      {
        lb_endpoints: [{ endpoint: { address: { socket_address: { address: `${name}.internal`, port_value: 80 } } } }],
      },
    ],
  },
  ...more,
})

const config = (
  routes: readonly LooseRecord[],
  more: { readonly host?: LooseRecord; readonly manager?: LooseRecord; readonly app?: LooseRecord } = {},
): LooseRecord => ({
  static_resources: {
    listeners: [
      {
        name: 'web',
        address: { socket_address: { address: '0.0.0.0', port_value: 10000 } },
        filter_chains: [
          {
            filters: [
              {
                name: 'envoy.filters.network.http_connection_manager',
                typed_config: {
                  '@type': managerType,
                  stat_prefix: 'web',
                  route_config: {
                    name: 'web',
                    virtual_hosts: [{ name: 'web', domains: ['web'], routes, ...more.host }],
                  },
                  http_filters: [router],
                  ...more.manager,
                },
              },
            ],
          },
        ],
      },
    ],
    clusters: [cluster('app', more.app), cluster('next'), cluster('other')],
  },
})

const constant = (path: string, ratePerSecond: number, headers: LooseRecord = {}): LooseRecord => ({
  request: { host: 'web', path, headers },
  ratePerSecond,
  arrivals: 'constant',
})
const policyOnly: LooseRecord = { expect: [{ policy: {} }] }
const all = { prefix: '/' }

/** Everything that is decided without a fault: matching, rewriting, answering. */
const routing = (): Base => ({
  definition: () =>
    config(
      [
        { match: { safe_regex: { regex: '/items/[0-9]+' } }, route: { cluster: 'next' } },
        {
          match: { prefix: '/', headers: [{ name: 'x-tester', string_match: { exact: 'yes' } }] },
          route: { cluster: 'other' },
        },
        {
          match: { prefix: '/', query_parameters: [{ name: 'beta', present_match: true }] },
          route: { cluster: 'other' },
        },
        { match: { path: '/old' }, redirect: { path_redirect: '/new', response_code: 'FOUND' } },
        { match: { path: '/gone' }, direct_response: { status: 410 } },
        { match: { path_separated_prefix: '/v1' }, route: { cluster: 'app', prefix_rewrite: '/v2' } },
        {
          match: { prefix: '/swap/' },
          route: {
            cluster: 'app',
            regex_rewrite: { pattern: { regex: '/swap/(\\w+)' }, substitution: '/\\1/swapped' },
          },
        },
        { match: { prefix: '/named' }, route: { cluster: 'app', host_rewrite_literal: 'inner' } },
        { match: { prefix: '/auto' }, route: { cluster: 'app', auto_host_rewrite: true } },
        { match: all, route: { cluster: 'app' } },
      ],
      { manager: { normalize_path: true, merge_slashes: true } },
    ),
  scenario: {
    ...policyOnly,
    duration: '1s',
    traffic: [
      ...[
        '/items/17',
        '/items/17x',
        '/old',
        '/gone',
        '/v1/a',
        '/swap/it',
        '/named',
        '/auto',
        '/a//b/../c',
        '/?beta',
      ].map((path) => constant(path, 4)),
      constant('/', 4, { 'x-tester': 'yes' }),
    ],
  },
})

/**
 * A tenth to the next version. Of 800 requests a share that is wrong by ten points escapes with a chance of 5e-6, of 2,800
 * one that is wrong by five.
 */
const weights = (ratePerSecond: number, seconds: number): Base => ({
  definition: () =>
    config([
      {
        match: all,
        route: {
          weighted_clusters: {
            clusters: [
              { name: 'app', weight: 90 },
              { name: 'next', weight: 10 },
            ],
          },
        },
      },
    ]),
  scenario: {
    expect: [{ split: { detect: 0.1 } }],
    duration: `${seconds}s`,
    traffic: [constant('/', ratePerSecond)],
  },
})

const mirrors = (): Base => ({
  definition: () => config([{ match: all, route: { cluster: 'app', request_mirror_policies: [{ cluster: 'next' }] } }]),
  scenario: { expect: [{ shadow: {} }], duration: '1s', traffic: [constant('/', 40)] },
})

const failing = (retry: LooseRecord, status: number, place: 'host' | 'route' = 'route'): Base => ({
  definition: () =>
    config([{ match: all, route: { cluster: 'app', ...(place === 'route' && { retry_policy: retry }) } }], {
      ...(place === 'host' && { host: { retry_policy: retry } }),
      app: roomy,
    }),
  scenario: {
    ...policyOnly,
    duration: '1s',
    traffic: [constant('/', 20)],
    faults: [{ name: 'fault', target: 'app', plan: { attempts: [{ status }] } }],
  },
})

const roomy: LooseRecord = { circuit_breakers: { thresholds: [{ max_retries: 100 }] } }

/** Forty requests hang while twenty fail at once: a budget of a fifth lets some of them be tried again. */
const budget = (): Base => ({
  definition: () =>
    config(
      [
        {
          match: all,
          route: {
            cluster: 'app',
            retry_policy: { retry_on: '5xx', num_retries: 1, retry_back_off: { base_interval: '0.2s' } },
          },
        },
      ],
      {
        app: {
          circuit_breakers: {
            thresholds: [{ retry_budget: { budget_percent: { value: 20 }, min_retry_concurrency: 2 } }],
          },
        },
      },
    ),
  scenario: {
    ...policyOnly,
    duration: '1s',
    traffic: [constant('/', 100)],
    faults: [{ name: 'fault', target: 'app', plan: { attempts: [{ status: 503 }] } }],
  },
})

const busy = (): Base => ({
  definition: () =>
    config([{ match: all, route: { cluster: 'app' } }], {
      app: { circuit_breakers: { thresholds: [{ max_requests: 5 }] } },
    }),
  scenario: {
    ...policyOnly,
    duration: '1s',
    traffic: [constant('/', 80)],
    upstreams: { app: { serviceTime: '100ms' } },
  },
})

export const foreignBases = {
  routing: routing(),
  weights: weights(200, 4),
  'many-weights': weights(400, 7),
  mirrors: mirrors(),
  statuses: failing({ retry_on: 'retriable-status-codes', retriable_status_codes: [418], num_retries: 2 }, 418),
  host: failing({ retry_on: '5xx', num_retries: 2 }, 503, 'host'),
  waits: failing(
    { retry_on: '5xx', num_retries: 2, retry_back_off: { base_interval: '0.010s', max_interval: '0.020s' } },
    503,
  ),
  budget: budget(),
  busy: busy(),
} as const satisfies Readonly<Record<string, Base>>

export type ForeignBaseName = keyof typeof foreignBases
