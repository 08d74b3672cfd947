// The seeded mistakes: what a careless author, a generator or a control plane may serve instead of what is declared. Each
// names the field of the definition that it is about (or `xds` for what no definition can say) and the rule that must find
// it. Fields that behaviour cannot show yet are held by golden tests of the compiler.

import type { BaseName, LooseRecord } from './bases.ts'

export interface Mistake {
  readonly name: string
  readonly field: string
  /** The rule that must find it. */
  readonly rule: string
  readonly base: BaseName
  /** Changes the served definition in place. */
  readonly define?: (dependency: Dependency, all: Dependency[]) => void
  /** Changes the served resources in place. */
  readonly serve?: (resources: { readonly cluster: LooseRecord; readonly routes: LooseRecord[] }) => void
}

export interface Dependency extends LooseRecord {
  name: string
  cluster_name: string
  circuit_breaker: LooseRecord
  outlier_detection: LooseRecord
  routes: (LooseRecord & { retry_policy: LooseRecord })[]
}

/** Mistakes change things in place; the caller gave them a copy. */
const set = (target: LooseRecord, values: LooseRecord): void => {
  Object.assign(target, values)
}
const outlier = (settings: LooseRecord) => (dependency: Dependency) => {
  Object.assign(dependency.outlier_detection, settings)
}
const breaker = (settings: LooseRecord) => (dependency: Dependency) => {
  Object.assign(dependency.circuit_breaker, settings)
}
/** Of the last route, the catch-all. */
const retry = (settings: LooseRecord) => (dependency: Dependency) => {
  Object.assign(dependency.routes.at(-1)?.retry_policy ?? {}, settings)
}
const route = (index: number, settings: LooseRecord) => (dependency: Dependency) => {
  Object.assign(dependency.routes[index] ?? {}, settings)
}
const action = (settings: LooseRecord) => (resources: { readonly routes: LooseRecord[] }) => {
  for (const one of resources.routes) Object.assign(one.route as LooseRecord, settings)
}

export const mistakes: readonly Mistake[] = [
  { name: 'vhost-renamed', field: 'name', rule: 'route', base: 'plain', define: (one) => set(one, { name: 'users' }) },
  {
    name: 'wrong-cluster',
    field: 'cluster_name',
    rule: 'route',
    base: 'plain',
    define: (one, all) => {
      const staging = all[1]?.cluster_name ?? ''
      if (all[1] !== undefined) all[1].cluster_name = one.cluster_name
      one.cluster_name = staging
    },
  },
  {
    name: 'discovery-instead-of-balancer',
    field: 'sds',
    rule: 'protocol',
    base: 'plain',
    define: (one) => {
      one.sds = true
      delete one.lb
    },
  },
  {
    name: 'balancer-instead-of-discovery',
    field: 'sds',
    rule: 'protocol',
    base: 'ejecting-none',
    define: (one) => {
      delete one.sds
      one.lb = 'ab-testing-app:80'
      one.host_header = 'ab-testing'
    },
  },
  {
    name: 'host-header-changed',
    field: 'host_header',
    rule: 'host-header',
    base: 'plain',
    define: (one) => set(one, { host_header: 'other-service' }),
  },
  {
    name: 'host-header-dropped',
    field: 'host_header',
    rule: 'host-header',
    base: 'plain',
    define: (one) => void delete one.host_header,
  },
  {
    name: 'host-header-added',
    field: 'host_header',
    rule: 'host-header',
    base: 'balanced',
    define: (one) => set(one, { host_header: 'user' }),
  },
  {
    name: 'pending-limit-raised',
    field: 'max_pending_requests',
    rule: 'pending-breaker',
    base: 'crowded-tight',
    define: breaker({ max_pending_requests: 60 }),
  },
  {
    name: 'pending-limit-lowered',
    field: 'max_pending_requests',
    rule: 'pending-breaker',
    base: 'crowded-wide',
    define: breaker({ max_pending_requests: 2 }),
  },
  {
    name: 'connection-limit-raised',
    field: 'max_connections',
    rule: 'connection-breaker',
    base: 'crowded-wide',
    define: breaker({ max_connections: 64 }),
  },
  {
    name: 'connection-limit-lowered',
    field: 'max_connections',
    rule: 'connection-breaker',
    base: 'connected',
    define: breaker({ max_connections: 2 }),
  },
  {
    name: 'connect-timeout-raised',
    field: 'connect_timeout_ms',
    rule: 'connect-timeout',
    base: 'unreachable',
    define: (one) => set(one, { connect_timeout_ms: 700 }),
  },
  {
    name: 'connect-timeout-lowered',
    field: 'connect_timeout_ms',
    rule: 'connect-timeout',
    base: 'unreachable',
    define: (one) => set(one, { connect_timeout_ms: 100 }),
  },
  {
    name: 'retry-limit-raised',
    field: 'max_retries',
    rule: 'retry-breaker',
    base: 'retrying-tight',
    define: breaker({ max_retries: 100 }),
  },
  {
    name: 'retry-limit-lowered',
    field: 'max_retries',
    rule: 'retry-breaker',
    base: 'retrying-wide',
    define: breaker({ max_retries: 2 }),
  },
  {
    name: 'breaker-dropped',
    field: 'max_retries',
    rule: 'retry-breaker',
    base: 'retrying-wide',
    define: (one) => void delete (one as LooseRecord).circuit_breaker,
  },
  {
    name: 'ejects-later',
    field: 'consecutive_5xx',
    rule: 'ejection-due',
    base: 'ejecting',
    define: outlier({ consecutive_5xx: 6 }),
  },
  {
    name: 'ejects-sooner',
    field: 'consecutive_5xx',
    rule: 'ejection-reason',
    base: 'ejecting-late',
    define: outlier({ consecutive_5xx: 3 }),
  },
  {
    name: 'ejects-on-gateway-failures-later',
    field: 'consecutive_gateway_failure',
    rule: 'ejection-due',
    base: 'ejecting-gateway',
    define: outlier({ consecutive_gateway_failure: 6 }),
  },
  {
    name: 'gateway-failures-not-enforced',
    field: 'enforcing_consecutive_gateway_failure',
    rule: 'ejection-due',
    base: 'ejecting-gateway',
    define: outlier({ enforcing_consecutive_gateway_failure: 0 }),
  },
  {
    name: 'ejection-not-enforced',
    field: 'enforcing_consecutive_5xx',
    rule: 'ejection-due',
    base: 'ejecting',
    define: outlier({ enforcing_consecutive_5xx: 0 }),
  },
  {
    name: 'outlier-detection-dropped',
    field: 'consecutive_5xx',
    rule: 'ejection-due',
    base: 'ejecting',
    define: (one) => void delete (one as LooseRecord).outlier_detection,
  },
  {
    name: 'swept-too-rarely',
    field: 'interval_ms',
    rule: 'ejection-return',
    base: 'ejecting',
    define: outlier({ interval_ms: 60_000 }),
  },
  {
    name: 'out-for-too-long',
    field: 'base_ejection_time_ms',
    rule: 'ejection-return',
    base: 'ejecting',
    define: outlier({ base_ejection_time_ms: 1000 }),
  },
  {
    name: 'back-too-soon',
    field: 'base_ejection_time_ms',
    rule: 'ejection-return',
    base: 'ejecting-long',
    define: outlier({ base_ejection_time_ms: 300 }),
  },
  {
    name: 'too-many-ejected',
    field: 'max_ejection_percent',
    rule: 'ejection-reason',
    base: 'ejecting-few',
    define: outlier({ max_ejection_percent: 100 }),
  },
  {
    name: 'none-may-be-ejected',
    field: 'max_ejection_percent',
    rule: 'ejection-due',
    base: 'ejecting',
    define: outlier({ max_ejection_percent: 10 }),
  },
  { name: 'prefix-changed', field: 'prefix', rule: 'route', base: 'plain', define: route(2, { prefix: '/apis' }) },
  { name: 'path-changed', field: 'path', rule: 'route', base: 'plain', define: route(0, { path: '/pong' }) },
  {
    name: 'method-dropped',
    field: 'method',
    rule: 'route',
    base: 'plain',
    define: (one) => void delete one.routes[1]?.method,
  },
  { name: 'method-changed', field: 'method', rule: 'route', base: 'plain', define: route(1, { method: 'PUT' }) },
  {
    name: 'timeout-raised',
    field: 'timeout_ms',
    rule: 'route-timeout',
    base: 'hanging',
    define: route(0, { timeout_ms: 700 }),
  },
  {
    name: 'timeout-lowered',
    field: 'timeout_ms',
    rule: 'route-timeout',
    base: 'hanging',
    define: route(0, { timeout_ms: 120 }),
  },
  {
    name: 'catch-all-first',
    field: 'routes',
    rule: 'route-timeout',
    base: 'hanging',
    define: (one) => {
      delete (one.routes[1] as LooseRecord | undefined)?.retry_policy
      one.routes.reverse()
    },
  },
  {
    name: 'retry-condition-dropped',
    field: 'retry_on',
    rule: 'retry-missing',
    base: 'fails-once',
    define: retry({ retry_on: 'connect-failure' }),
  },
  {
    name: 'retry-condition-added',
    field: 'retry_on',
    rule: 'retry-reason',
    base: 'fails-unretried',
    define: retry({ retry_on: '5xx,connect-failure' }),
  },
  {
    name: 'retry-policy-dropped',
    field: 'retry_policy',
    rule: 'retry-missing',
    base: 'fails-once',
    define: (one) => void delete (one.routes[1] as LooseRecord | undefined)?.retry_policy,
  },
  {
    name: 'one-retry-less',
    field: 'num_retries',
    rule: 'retry-missing',
    base: 'fails-twice',
    define: retry({ num_retries: 1 }),
  },
  {
    name: 'retries-added',
    field: 'num_retries',
    rule: 'attempts',
    base: 'fails-always',
    define: retry({ num_retries: 4 }),
  },
  {
    name: 'post-is-retried',
    field: 'method',
    rule: 'attempts',
    base: 'fails-once',
    define: (one) => {
      const post = one.routes[0]
      if (post !== undefined) post.retry_policy = { retry_on: '5xx', num_retries: 2, per_try_timeout_ms: 800 }
    },
  },
  {
    name: 'grpc-condition-exchanged',
    field: 'retry_on',
    rule: 'retry-missing',
    base: 'call-unavailable-once',
    define: retry({ retry_on: 'cancelled,deadline-exceeded,resource-exhausted,internal' }),
  },
  {
    name: 'grpc-condition-taken-for-http',
    field: 'retry_on',
    rule: 'retry-missing',
    base: 'call-unavailable-once',
    define: retry({ retry_on: '5xx,gateway-error,reset' }),
  },
  {
    name: 'grpc-condition-added',
    field: 'retry_on',
    rule: 'retry-reason',
    base: 'call-cancelled-once',
    define: retry({ retry_on: 'unavailable,cancelled' }),
  },
  {
    name: 'grpc-one-retry-less',
    field: 'num_retries',
    rule: 'retry-missing',
    base: 'call-unavailable-twice',
    define: retry({ num_retries: 1 }),
  },
  {
    name: 'grpc-retries-added',
    field: 'num_retries',
    rule: 'attempts',
    base: 'call-exhausted-always',
    define: retry({ num_retries: 3 }),
  },
  {
    name: 'grpc-statuses-eject-later',
    field: 'consecutive_5xx',
    rule: 'ejection-due',
    base: 'call-internal-always',
    define: outlier({ consecutive_5xx: 9 }),
  },
  {
    name: 'grpc-over-http1',
    field: 'sds',
    rule: 'protocol',
    base: 'call-unavailable-once',
    define: (one) => {
      delete one.sds
      one.lb = 'books-app:80'
    },
  },
  {
    name: 'per-try-timeout-raised',
    field: 'per_try_timeout_ms',
    rule: 'per-try-timeout',
    base: 'hanging',
    define: retry({ per_try_timeout_ms: 500 }),
  },
  {
    name: 'per-try-timeout-lowered',
    field: 'per_try_timeout_ms',
    rule: 'per-try-timeout',
    base: 'hanging',
    define: retry({ per_try_timeout_ms: 80 }),
  },
  {
    name: 'back-off-stretched',
    field: 'xds',
    rule: 'back-off',
    base: 'fails-once',
    serve: ({ routes }) => {
      for (const one of routes) {
        const policy = (one.route as LooseRecord).retry_policy as LooseRecord | undefined
        if (policy !== undefined) policy.retry_back_off = { base_interval: '0.4s', max_interval: '0.4s' }
      }
    },
  },
  {
    name: 'ejected-host-gets-traffic',
    field: 'xds',
    rule: 'ejected-host-idle',
    base: 'ejecting-very-long',
    serve: ({ cluster }) => {
      cluster.common_lb_config = { healthy_panic_threshold: { value: 100 } }
    },
  },
  {
    name: 'counted-elsewhere',
    field: 'xds',
    rule: 'counters',
    base: 'balanced',
    serve: ({ cluster }) => set(cluster, { alt_stat_name: 'somewhere-else' }),
  },
  {
    name: 'shadowed-behind-our-back',
    field: 'xds',
    rule: 'complete',
    base: 'balanced',
    serve: (resources) => {
      const { cluster } = (resources.routes[0]?.route ?? {}) as { cluster?: string }
      action({ request_mirror_policies: [{ cluster }] })(resources)
    },
  },
  {
    name: 'duration-limit-slipped-in',
    field: 'xds',
    rule: 'answer',
    base: 'hanging',
    serve: action({ max_stream_duration: { max_stream_duration: '0.1s' } }),
  },
  {
    name: 'path-rewritten',
    field: 'xds',
    rule: 'route',
    base: 'balanced',
    serve: action({ prefix_rewrite: '/v2/' }),
  },
]
