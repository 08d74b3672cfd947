// The seeded mistakes of an edge, each on a listener of its own beside sound ones: what is declared of a listener, what is
// served in its place, the requests that put it to the test, and the rule that must find it. Test data only.

import type { JsonObject } from '../../mesh/xds.ts'

/** Loose on purpose: mistakes reach into it. */
export type LooseManager = Record<string, JsonObject | number | string | boolean | undefined> & {
  http_filters: { name: string; typed_config: Record<string, unknown> }[]
  route_config: { virtual_hosts: { routes: Record<string, Record<string, unknown>>[] }[] }
  common_http_protocol_options: Record<string, unknown>
}
export type Traffic = Record<string, unknown>

export interface PowerListener {
  readonly name: string
  /** The rule that must find what is wrong with it; absent: it is sound. */
  readonly rule?: string
  /** Of what is declared. */
  readonly declare?: (manager: LooseManager) => void
  /** Of what is served beside that. */
  readonly serve?: (manager: LooseManager) => void
  readonly traffic: readonly Traffic[]
}

const constant = (request: Traffic, ratePerSecond = 4): Traffic => ({
  request: { host: 'shop.example', ...request },
  ratePerSecond,
  arrivals: 'constant',
})
const post = (path: string, bodyBytes: number, more: Traffic = {}) =>
  constant({ path, method: 'POST', bodyBytes, ...more })

const dots = constant({ path: '/items/../basket' })
const doubled = constant({ path: '/items//7' })
const escaped = constant({ path: '/items%2F7' })
/** What a client's library might tidy up, and must not. */
const crooked = [
  '/%2f',
  '//..//',
  '/a|b^c',
  '/\\a',
  '/a%5cb',
  '/%7e%41',
  '/a%00b',
  '/a/b#c',
  '/a%252fb',
  '/a;x/..',
  '/%%2%41',
  '///',
].map((path) => constant({ path }, 1))
const forwarded = constant({
  path: '/from-afar',
  headers: { 'x-forwarded-for': '198.51.100.9, 203.0.113.7', 'x-forwarded-proto': 'https' },
})
const forged = constant({ path: '/forged', headers: { 'x-envoy-decorator-operation': 'inside' } })
/** 0.9 s of body, with pauses that are allowed. */
const slow = post('/slow', 700, { slowBody: { parts: 7, every: '150ms' } })
/** 0.32 s of body. */
const brisk = post('/brisk', 300, { slowBody: { parts: 3, every: '160ms' } })
const stuck = post('/stuck', 200, { slowBody: { parts: 2, every: '420ms' } })
const stuckUpload = post('/upload', 200, { slowBody: { parts: 2, every: '800ms' } })
const often = (ratePerSecond: number) => constant({ path: '/often' }, ratePerSecond)

const set =
  (settings: Traffic) =>
  (manager: LooseManager): void => {
    Object.assign(manager, settings)
  }
const setConnections =
  (settings: Traffic) =>
  (manager: LooseManager): void => {
    Object.assign(manager.common_http_protocol_options, settings)
  }
const limit = (bytes: number) => (manager: LooseManager) => {
  Object.assign(manager.http_filters[0]?.typed_config ?? {}, { max_request_bytes: bytes })
}
const upload = (change: (route: Record<string, Record<string, unknown>>) => void) => (manager: LooseManager) => {
  const route = manager.route_config.virtual_hosts[0]?.routes[1]
  if (route !== undefined) change(route)
}

const five = setConnections({ max_requests_per_connection: 5 })
const young = setConnections({ max_connection_duration: '0.6s' })

export const powerListeners: readonly PowerListener[] = [
  {
    name: 'sound',
    traffic: [
      ...[dots, doubled, escaped, ...crooked, forwarded, forged, slow, brisk, stuck, stuckUpload],
      ...[post('/items', 1024), post('/items', 1025), post('/upload', 8192), post('/upload', 8193)],
    ],
  },
  { name: 'sound-pauses', traffic: [often(1.6)] },
  { name: 'sound-five', declare: five, traffic: [often(8)] },
  { name: 'sound-young', declare: young, traffic: [often(8)] },
  {
    name: 'sound-http2',
    traffic: [
      { ...post('/items', 40_000), protocol: 'HTTP/2' },
      { ...dots, protocol: 'HTTP/2' },
    ],
  },

  { name: 'limit-doubled', rule: 'body-limit', serve: limit(2048), traffic: [post('/items', 1025)] },
  { name: 'limit-halved', rule: 'body-limit', serve: limit(512), traffic: [post('/items', 1024)] },
  {
    name: 'limit-forgotten',
    rule: 'body-limit',
    serve: (manager) => {
      manager.http_filters.shift()
      for (const route of manager.route_config.virtual_hosts[0]?.routes ?? []) delete route.typed_per_filter_config
    },
    traffic: [post('/items', 1025)],
  },
  {
    name: 'limit-of-route-forgotten',
    rule: 'body-limit',
    serve: upload((route) => {
      delete route.typed_per_filter_config
    }),
    traffic: [post('/upload', 8192)],
  },
  {
    name: 'limit-http2',
    rule: 'body-limit',
    serve: limit(65_536),
    traffic: [{ ...post('/items', 40_000), protocol: 'HTTP/2' }],
  },

  { name: 'dots-kept', rule: 'path', serve: set({ normalize_path: false }), traffic: [dots] },
  { name: 'slashes-not-merged', rule: 'path', serve: set({ merge_slashes: false }), traffic: [doubled] },
  {
    name: 'escapes-kept',
    rule: 'path',
    serve: set({ path_with_escaped_slashes_action: 'KEEP_UNCHANGED' }),
    traffic: [escaped],
  },
  {
    name: 'escapes-forwarded',
    rule: 'path',
    serve: set({ path_with_escaped_slashes_action: 'UNESCAPE_AND_FORWARD' }),
    traffic: [escaped],
  },
  {
    name: 'escapes-rejected',
    rule: 'path',
    serve: set({ path_with_escaped_slashes_action: 'REJECT_REQUEST' }),
    traffic: [escaped],
  },

  { name: 'no-hop-trusted', rule: 'client-address', serve: set({ xff_num_trusted_hops: 0 }), traffic: [forwarded] },
  { name: 'two-hops-trusted', rule: 'client-address', serve: set({ xff_num_trusted_hops: 2 }), traffic: [forwarded] },
  { name: 'header-believed', rule: 'client-address', serve: set({ use_remote_address: false }), traffic: [forwarded] },
  { name: 'not-appended', rule: 'client-address', serve: set({ skip_xff_append: true }), traffic: [forwarded] },
  {
    name: 'everybody-internal',
    rule: 'internal-headers',
    serve: set({ internal_address_config: { cidr_ranges: [{ address_prefix: '0.0.0.0', prefix_len: 0 }] } }),
    traffic: [forged],
  },

  { name: 'request-timeout-gone', rule: 'request-timeout', serve: set({ request_timeout: '0s' }), traffic: [slow] },
  {
    name: 'request-timeout-halved',
    rule: 'request-timeout',
    serve: set({ request_timeout: '0.25s' }),
    traffic: [brisk],
  },
  { name: 'idle-stream-kept', rule: 'stream-idle', serve: set({ stream_idle_timeout: '3s' }), traffic: [stuck] },
  { name: 'idle-stream-cut-early', rule: 'stream-idle', serve: set({ stream_idle_timeout: '0.1s' }), traffic: [brisk] },
  {
    name: 'idle-of-route-forgotten',
    rule: 'stream-idle',
    declare: set({ request_timeout: '0s' }),
    serve: upload((route) => {
      delete route.route?.idle_timeout
    }),
    traffic: [stuckUpload],
  },

  { name: 'idle-longer', rule: 'keep-alive', serve: setConnections({ idle_timeout: '3s' }), traffic: [often(1.6)] },
  { name: 'idle-shorter', rule: 'keep-alive', serve: setConnections({ idle_timeout: '0.1s' }), traffic: [often(4)] },
  {
    name: 'closed-under-the-client',
    rule: 'keep-alive',
    serve: (manager) => {
      setConnections({ idle_timeout: '0.08s' })(manager)
      manager.drain_timeout = '0.05s'
    },
    traffic: [often(4)],
  },
  {
    name: 'ten-for-five',
    rule: 'keep-alive',
    declare: five,
    serve: setConnections({ max_requests_per_connection: 10 }),
    traffic: [often(8)],
  },
  {
    name: 'three-for-five',
    rule: 'keep-alive',
    declare: five,
    serve: setConnections({ max_requests_per_connection: 3 }),
    traffic: [often(8)],
  },
  {
    name: 'never-too-old',
    rule: 'keep-alive',
    declare: young,
    serve: setConnections({ max_connection_duration: '0s' }),
    traffic: [often(8)],
  },
  {
    name: 'old-too-soon',
    rule: 'keep-alive',
    declare: young,
    serve: setConnections({ max_connection_duration: '0.3s' }),
    traffic: [often(8)],
  },
]
