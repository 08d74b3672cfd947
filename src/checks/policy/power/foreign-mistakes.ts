// Mistakes in what is served of a foreign config: each with the rule, or the check, that must find it.

import type { Loose } from './bases.ts'
import type { ForeignBaseName } from './foreign-bases.ts'

export interface ForeignMistake {
  readonly name: string
  readonly rule: string
  readonly base: ForeignBaseName
  /** Changes the served pieces in place. */
  readonly serve: (served: {
    readonly routes: Loose
    readonly host: Loose
    readonly manager: Loose
    readonly app: Loose
  }) => void
}

const loose = (value: unknown) => value as Loose
const route = (name: string, rule: string, at: number, change: (route: Loose) => void): ForeignMistake => ({
  name,
  rule,
  base: 'routing',
  serve: ({ routes }) => change(routes[at] as Loose),
})

const weighted = (
  name: string,
  weights: readonly [number, number],
  base: ForeignBaseName = 'weights',
): ForeignMistake => ({
  name,
  rule: 'split',
  base,
  serve({ routes }) {
    const clusters = routes[0]?.route?.weighted_clusters?.clusters
    for (const [index, weight] of weights.entries()) Object.assign(clusters?.[index] ?? {}, { weight })
  },
})

const action = (
  name: string,
  rule: string,
  base: ForeignBaseName,
  change: (action: Loose) => void,
): ForeignMistake => ({
  name,
  rule,
  base,
  serve: ({ routes }) => change(routes[0]?.route as Loose),
})

const retry = (name: string, rule: string, base: ForeignBaseName, settings: object): ForeignMistake =>
  action(name, rule, base, (one) => Object.assign(one.retry_policy ?? {}, settings))

const threshold = (name: string, rule: string, base: ForeignBaseName, settings: object): ForeignMistake => ({
  name,
  rule,
  base,
  serve: ({ app }) => void Object.assign(app.circuit_breakers?.thresholds?.[0] ?? {}, settings),
})

export const foreignMistakes: readonly ForeignMistake[] = [
  route('regex-is-a-prefix', 'route', 0, (one) => {
    one.match = loose({ prefix: '/items/' })
  }),
  route('header-forgotten', 'route', 1, (one) => {
    one.match = loose({ prefix: '/', headers: [{ name: 'x-tester', present_match: false }] })
  }),
  route('query-is-a-value', 'route', 2, (one) => {
    one.match = loose({ prefix: '/', query_parameters: [{ name: 'beta', string_match: { exact: 'on' } }] })
  }),
  route('redirect-with-wrong-code', 'route', 3, (one) =>
    Object.assign(one.redirect ?? {}, { response_code: 'SEE_OTHER' }),
  ),
  route('direct-response-with-wrong-code', 'route', 4, (one) =>
    Object.assign(one.direct_response ?? {}, { status: 404 }),
  ),
  route('prefix-not-rewritten', 'route', 5, (one) => delete one.route?.prefix_rewrite),
  route('wrong-substitution', 'route', 6, (one) =>
    Object.assign(one.route?.regex_rewrite ?? {}, { substitution: '/\\1' }),
  ),
  route('wrong-host-literal', 'host-header', 7, (one) =>
    Object.assign(one.route ?? {}, { host_rewrite_literal: 'outer' }),
  ),
  route('host-not-rewritten', 'host-header', 8, (one) => delete one.route?.auto_host_rewrite),
  {
    name: 'path-not-normalised',
    rule: 'route',
    base: 'routing',
    serve: ({ manager }) => void delete manager.normalize_path,
  },
  {
    name: 'slashes-not-merged',
    rule: 'route',
    base: 'routing',
    serve: ({ manager }) => void delete manager.merge_slashes,
  },
  weighted('weights-swapped', [10, 90]),
  weighted('weights-off-by-ten', [80, 20]),
  weighted('weights-off-by-five', [85, 15], 'many-weights'),
  weighted('canary-forgotten', [100, 0]),
  action('shadow-not-sent', 'shadow', 'mirrors', (one) => delete one.request_mirror_policies),
  action('shadow-sent-elsewhere', 'shadow', 'mirrors', (one) => {
    one.request_mirror_policies = loose([{ cluster: 'other' }])
  }),
  action('shadow-of-half', 'shadow', 'mirrors', (one) => {
    one.request_mirror_policies = loose([{ cluster: 'next', runtime_fraction: { default_value: { numerator: 50 } } }])
  }),
  retry('status-code-not-retried', 'retry-missing', 'statuses', { retriable_status_codes: [419] }),
  {
    name: 'host-retries-less',
    rule: 'retry-missing',
    base: 'host',
    serve: ({ host }) => void delete host.retry_policy,
  },
  {
    name: 'route-overrides-host',
    rule: 'retry-missing',
    base: 'host',
    serve: ({ routes }) => void Object.assign(routes[0]?.route ?? {}, { retry_policy: { retry_on: 'reset' } }),
  },
  retry('back-off-of-seconds', 'back-off', 'waits', {
    retry_back_off: { base_interval: '0.4s', max_interval: '0.5s' },
  }),
  threshold('budget-of-nothing', 'retry-breaker', 'budget', {
    retry_budget: { budget_percent: { value: 1 }, min_retry_concurrency: 1 },
  }),
  threshold('budget-of-all', 'retry-breaker', 'budget', {
    retry_budget: { budget_percent: { value: 100 }, min_retry_concurrency: 100 },
  }),
  threshold('few-requests', 'pending-breaker', 'busy', { max_requests: 2 }),
  threshold('many-requests', 'pending-breaker', 'busy', { max_requests: 50 }),
]
