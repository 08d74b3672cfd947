// The declared side of the power test: small meshes, each with the traffic and the faults that make one part of the policy
// visible. What is served differs by exactly one mistake (mistakes.ts).

/** Loose on purpose: mistakes reach into it. */
export type Loose = { [key: string]: Loose } & Loose[] & (string | number | boolean)
export type LooseRecord = Record<string, unknown>

export interface Base {
  /** The declared definition, fresh at each call. */
  readonly definition: () => LooseRecord
  /** Scenario fields but name, mesh and expect. */
  readonly scenario: LooseRecord
}

const user = (routes: readonly LooseRecord[], more: LooseRecord = {}): LooseRecord => ({
  name: 'user',
  cluster_name: 'user-development',
  lb: 'user-app:8080',
  tls: false,
  connect_timeout_ms: 250,
  circuit_breaker: { max_connections: 64, max_pending_requests: 64, max_retries: 32 },
  routes,
  ...more,
})

const staging: LooseRecord = {
  name: 'staging',
  cluster_name: 'user-staging',
  lb: 'staging-app:8080',
  tls: false,
  connect_timeout_ms: 250,
  routes: [{ prefix: '/', timeout_ms: 2000 }],
}

const definition = (...dependencies: readonly LooseRecord[]): LooseRecord => ({ version: 1, dependencies })
const retry = (on: string, retries: number, perTryMs: number): LooseRecord => ({
  retry_on: on,
  num_retries: retries,
  per_try_timeout_ms: perTryMs,
})
const constant = (path: string, ratePerSecond: number, method = 'GET', host = 'user'): LooseRecord => ({
  request: { host, path, method },
  ratePerSecond,
  arrivals: 'constant',
})
const fault = (what: LooseRecord, target = 'user-development'): LooseRecord => ({ name: 'fault', target, ...what })

/** Requests that go well, on several routes. */
const plain = (): Base => ({
  definition: () =>
    definition(
      user(
        [
          { path: '/ping', timeout_ms: 2000 },
          { prefix: '/orders', method: 'POST', timeout_ms: 2000 },
          { prefix: '/api', timeout_ms: 2000 },
        ],
        { host_header: 'user-service' },
      ),
      staging,
    ),
  scenario: {
    duration: '1s',
    traffic: [
      constant('/ping', 10),
      constant('/orders/1', 10, 'POST'),
      constant('/orders/1', 10, 'GET'),
      constant('/api/list', 10),
    ],
  },
})

/** Without a literal host header, balanced by a load balancer: the name of the endpoint goes upstream. */
const balanced = (): Base => ({
  definition: () => definition(user([{ prefix: '/', timeout_ms: 2000 }])),
  scenario: { duration: '1s', traffic: [constant('/', 20)] },
})

/** `attempts` fail with 503, each request is retried `retries` times on `on`. */
const failing = (on: string, retries: number, attempts: number): Base => ({
  definition: () =>
    definition(
      user([
        { prefix: '/orders', method: 'POST', timeout_ms: 2000 },
        { prefix: '/', timeout_ms: 2000, retry_policy: retry(on, retries, 800) },
      ]),
    ),
  scenario: {
    duration: '1s',
    traffic: [constant('/', 15), constant('/orders/1', 15, 'POST')],
    faults: [fault({ plan: { attempts: Array.from({ length: attempts }, () => 503) } })],
  },
})

/** The first attempt hangs. */
const hanging = (): Base => ({
  definition: () =>
    definition(
      user([
        { path: '/ping', timeout_ms: 300 },
        { prefix: '/', timeout_ms: 2000, retry_policy: retry('5xx', 1, 200) },
      ]),
    ),
  scenario: {
    duration: '1200ms',
    traffic: [constant('/ping', 10), constant('/', 10)],
    faults: [fault({ plan: { attempts: [{ delay: '5s' }] } })],
  },
})

/** More requests than the connections carry. */
const crowded = (pending: number): Base => ({
  definition: () =>
    definition(
      user([{ prefix: '/', timeout_ms: 3000 }], {
        circuit_breaker: { max_connections: 2, max_pending_requests: pending, max_retries: 3 },
      }),
    ),
  scenario: {
    duration: '1200ms',
    traffic: [constant('/', 40)],
    faults: [fault({ until: '800ms', delay: { duration: '150ms' } })],
  },
})

/** Never more requests at a time than connections. */
const connected = (): Base => ({
  definition: () =>
    definition(
      user([{ prefix: '/', timeout_ms: 3000 }], {
        circuit_breaker: { max_connections: 32, max_pending_requests: 64, max_retries: 3 },
      }),
    ),
  scenario: {
    duration: '1200ms',
    traffic: [constant('/', 40)],
    faults: [fault({ until: '800ms', delay: { duration: '150ms' } })],
  },
})

/** Connects hang, each alone. */
const unreachable = (): Base => ({
  definition: () => definition(user([{ prefix: '/', timeout_ms: 2000 }])),
  scenario: {
    duration: '1500ms',
    traffic: [{ ...constant('/', 2.5), from: '200ms', until: '1400ms' }],
    faults: [fault({ 'black-hole': {} })],
  },
})

/** More retries than the breaker lets through. */
const retrying = (slots: number): Base => ({
  definition: () =>
    definition(
      user([{ prefix: '/', timeout_ms: 3000, retry_policy: retry('5xx', 3, 1500) }], {
        circuit_breaker: { max_connections: 64, max_pending_requests: 64, max_retries: slots },
      }),
    ),
  scenario: {
    duration: '1200ms',
    traffic: [constant('/', 40)],
    faults: [fault({ until: '800ms', plan: { attempts: [503, { delay: '200ms', status: 503 }, 503, 503] } })],
  },
})

const outlier: LooseRecord = {
  consecutive_5xx: 3,
  interval_ms: 100,
  base_ejection_time_ms: 300,
  max_ejection_percent: 50,
}

/** Hosts of a cluster fail for a while; outlier detection is declared with these settings. */
const ejecting = (settings: LooseRecord, more: LooseRecord = {}): Base => ({
  definition: () =>
    definition({
      name: 'ab-testing',
      cluster_name: 'ab-testing-development',
      sds: true,
      tls: false,
      connect_timeout_ms: 250,
      outlier_detection: { ...outlier, ...settings },
      routes: [{ prefix: '/', timeout_ms: 2000 }],
    }),
  scenario: {
    duration: '2s',
    upstreams: { 'ab-testing-development': { hosts: 3 } },
    traffic: [constant('/', 45, 'GET', 'ab-testing')],
    faults: [fault({ host: 2, from: '200ms', until: '600ms', abort: { status: 503 } }, 'ab-testing-development')],
    ...more,
  },
})

const twoBadHosts = (): LooseRecord[] =>
  [2, 3].map((host) => ({
    ...fault({ host, from: '200ms', until: '600ms', abort: { status: 503 } }, 'ab-testing-development'),
    name: `fault-${host}`,
  }))

/** gRPC calls whose attempts end with these statuses in the headers, to a cluster that is retried `retries` times on `on`. */
const calling = (on: string, retries: number, statuses: readonly number[]): Base => ({
  definition: () =>
    definition({
      name: 'books',
      cluster_name: 'books-development',
      sds: true,
      tls: false,
      connect_timeout_ms: 250,
      circuit_breaker: { max_connections: 64, max_pending_requests: 64, max_retries: 32 },
      outlier_detection: { ...outlier, base_ejection_time_ms: 60_000, max_ejection_percent: 100 },
      routes: [{ prefix: '/', method: 'POST', timeout_ms: 2000, retry_policy: retry(on, retries, 800) }],
    }),
  scenario: {
    duration: '1s',
    traffic: [{ ...constant('/', 15), request: { host: 'books', path: '/shop.Books/List', bodyBytes: 20, grpc: {} } }],
    faults: [fault({ plan: { attempts: statuses.map((grpcStatus) => ({ grpcStatus })) } }, 'books-development')],
  },
})

export const bases = {
  plain: plain(),
  balanced: balanced(),
  'fails-once': failing('5xx', 2, 1),
  'fails-twice': failing('5xx', 2, 2),
  'fails-always': failing('5xx', 1, 6),
  'fails-unretried': failing('connect-failure', 2, 1),
  'call-unavailable-once': calling('unavailable', 2, [14]),
  'call-unavailable-twice': calling('unavailable', 2, [14, 14]),
  // 429 is no failure to outlier detection.
  'call-exhausted-always': calling('resource-exhausted', 1, [8, 8, 8, 8, 8, 8]),
  'call-cancelled-once': calling('unavailable', 2, [1]),
  // 500 is one: three in a row eject the only host.
  'call-internal-always': calling('unavailable', 2, [13, 13, 13]),
  hanging: hanging(),
  'crowded-tight': crowded(2),
  'crowded-wide': crowded(60),
  connected: connected(),
  unreachable: unreachable(),
  'retrying-tight': retrying(2),
  'retrying-wide': retrying(100),
  ejecting: ejecting({}),
  'ejecting-late': ejecting({ consecutive_5xx: 6 }),
  'ejecting-long': ejecting({ base_ejection_time_ms: 1000 }),
  // Longer than the window in which Envoy may hold a host change back.
  'ejecting-very-long': ejecting({ base_ejection_time_ms: 5000 }, { duration: '3s' }),
  'ejecting-few': ejecting({ max_ejection_percent: 34 }, { faults: twoBadHosts() }),
  'ejecting-none': ejecting({ max_ejection_percent: 33 }),
  'ejecting-gateway': ejecting({
    consecutive_5xx: 1000,
    consecutive_gateway_failure: 3,
    enforcing_consecutive_gateway_failure: 100,
  }),
} as const satisfies Readonly<Record<string, Base>>

export type BaseName = keyof typeof bases
