// Resources with every kind of value that protobuf has, in the JSON that people write. For tests of reading them from the
// wire: the .proto files that encode them come from another package, and the real Envoy is asked whether it takes them.

import type { JsonObject } from '../../mesh/xds.ts'

const type = (name: string) => `type.googleapis.com/${name}`
const address = (name: string, port: number) => ({ socket_address: { address: name, port_value: port } })
const matched = (prefix: string) => ({ match: { prefix }, route: { cluster: 'plain', timeout: '0s' } })

export const everythingCluster: JsonObject = {
  '@type': type('envoy.config.cluster.v3.Cluster'),
  name: 'plain',
  type: 'STATIC',
  connect_timeout: '0.000000250s',
  per_connection_buffer_limit_bytes: 0,
  lb_policy: 'RING_HASH',
  ring_hash_lb_config: { minimum_ring_size: 1024, maximum_ring_size: 8388608 },
  load_assignment: {
    cluster_name: 'plain',
    endpoints: [
      {
        locality: { region: 'eu', zone: 'a' },
        load_balancing_weight: 3,
        lb_endpoints: [
          {
            endpoint: { address: address('127.0.0.1', 1), hostname: 'plain.internal' },
            health_status: 'HEALTHY',
            metadata: {
              filter_metadata: {
                'envoy.lb': {
                  canary: true,
                  weight: 1.5,
                  stage: 'one',
                  none: null,
                  list: [1, 'a', { deep: false }],
                  empty: {},
                },
              },
            },
          },
        ],
      },
    ],
    policy: { drop_overloads: [{ category: 'throttle', drop_percentage: { numerator: 5, denominator: 'MILLION' } }] },
  },
  circuit_breakers: {
    thresholds: [
      {
        max_retries: 0,
        retry_budget: { budget_percent: { value: 12.5 }, min_retry_concurrency: 4294967295 },
        track_remaining: true,
      },
      { priority: 'HIGH', max_connections: 4 },
    ],
  },
  outlier_detection: { consecutive_5xx: 7, interval: '3600s', base_ejection_time: '0.001s', max_ejection_percent: 100 },
  health_checks: [
    {
      timeout: '1s',
      interval: '86400s',
      unhealthy_threshold: 2,
      healthy_threshold: 1,
      http_health_check: { path: '/health', expected_statuses: [{ start: 200, end: 205 }] },
    },
  ],
  common_lb_config: { healthy_panic_threshold: { value: 0 }, update_merge_window: '0s' },
  typed_extension_protocol_options: {
    'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
      '@type': type('envoy.extensions.upstreams.http.v3.HttpProtocolOptions'),
      explicit_http_config: { http2_protocol_options: { max_concurrent_streams: 100 } },
    },
  },
  transport_socket: {
    name: 'envoy.transport_sockets.tls',
    typed_config: {
      '@type': type('envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext'),
      common_tls_context: {
        alpn_protocols: ['h2', 'http/1.1'],
        tls_params: { tls_minimum_protocol_version: 'TLSv1_2' },
        validation_context: {
          verify_certificate_hash: ['df6ff72fe9116521268f6f2dd4966f51df479883fe7037b39f75916ac3049d1a'],
        },
      },
      sni: 'plain.internal',
    },
  },
}

export const everythingRoutes: JsonObject = {
  '@type': type('envoy.config.route.v3.RouteConfiguration'),
  name: 'all',
  virtual_hosts: [
    {
      name: 'every',
      domains: ['*'],
      request_headers_to_add: [
        { header: { key: 'x-ünï', value: '%REQ(:PATH)% "x"\\' }, append_action: 'ADD_IF_ABSENT' },
      ],
      typed_per_filter_config: {
        'envoy.filters.http.fault': {
          '@type': type('envoy.extensions.filters.http.fault.v3.HTTPFault'),
          abort: { http_status: 503, percentage: { numerator: 1, denominator: 'TEN_THOUSAND' } },
          delay: { fixed_delay: '1.000000001s', percentage: {} },
        },
      },
      routes: [
        {
          match: {
            safe_regex: { regex: '/v\\d+/.*' },
            headers: [
              { name: ':method', string_match: { exact: 'GET' } },
              { name: 'x-number', range_match: { start: -5, end: '9007199254740993' }, invert_match: true },
            ],
            runtime_fraction: { default_value: { numerator: 25 }, runtime_key: 'canary' },
          },
          route: {
            weighted_clusters: {
              clusters: [
                { name: 'plain', weight: 90 },
                { name: 'plain', weight: 10 },
              ],
            },
            regex_rewrite: { pattern: { regex: '^/v(\\d+)' }, substitution: '/\\1' },
            retry_policy: {
              retry_on: '5xx,retriable-status-codes',
              num_retries: 2,
              per_try_timeout: '0.500s',
              retriable_status_codes: [409, 429],
              retry_back_off: { base_interval: '0.010s', max_interval: '0.100s' },
            },
            hash_policy: [{ cookie: { name: 'session', ttl: '0s' }, terminal: true }],
          },
        },
        {
          match: { path: '/old' },
          redirect: { path_redirect: '/new', response_code: 'PERMANENT_REDIRECT', strip_query: true },
        },
        { match: { prefix: '/data' }, direct_response: { status: 200, body: { inline_bytes: 'AAECg/8=' } } },
        matched('/'),
      ],
    },
  ],
}

export const everythingListener: JsonObject = {
  '@type': type('envoy.config.listener.v3.Listener'),
  name: 'entry',
  address: address('127.0.0.1', 0),
  traffic_direction: 'OUTBOUND',
  filter_chains: [
    {
      filters: [
        {
          name: 'envoy.filters.network.http_connection_manager',
          typed_config: {
            '@type': type('envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'),
            stat_prefix: 'entry',
            use_remote_address: false,
            rds: { route_config_name: 'all', config_source: { resource_api_version: 'V3', ads: {} } },
            access_log: [
              {
                name: 'envoy.access_loggers.file',
                filter: {
                  status_code_filter: { comparison: { op: 'GE', value: { default_value: 500, runtime_key: 'x' } } },
                },
                typed_config: {
                  '@type': type('envoy.extensions.access_loggers.file.v3.FileAccessLog'),
                  path: '/dev/null',
                  log_format: { json_format: { path: '%REQ(:PATH)%', n: 1, inner: { code: '%RESPONSE_CODE%' } } },
                },
              },
            ],
            http_filters: [
              {
                name: 'lua',
                typed_config: {
                  '@type': type('envoy.extensions.filters.http.lua.v3.Lua'),
                  default_source_code: { inline_string: 'function envoy_on_request(handle)\nend\n' },
                },
              },
              {
                name: 'envoy.filters.http.router',
                typed_config: {
                  '@type': type('envoy.extensions.filters.http.router.v3.Router'),
                  start_child_span: true,
                },
              },
            ],
          },
        },
      ],
    },
  ],
}
