// Virtual hosts and routes of a foreign route configuration: what matches is in declared-match.ts, what is done about it
// here, and how it is tried again in declared-retry.ts.

import type { DeclaredRoute, DeclaredShare, DeclaredVirtualHost, HostRewrite } from '../policy.ts'
import type { JsonObject } from '../xds.ts'
import { declaredAnswers, pathRewriteOf } from './declared-answers.ts'
import { bodyLimitOf } from './declared-edge.ts'
import { durationMsOf, firstOf, numberOf, objectOf, objectsOf, textOf, textsOf } from './declared-fields.ts'
import { declaredMatch, fractionAtRun } from './declared-match.ts'
import { linesOf, type Place, type Reading } from './declared-place.ts'
import { declaredRetry } from './declared-retry.ts'

export function declaredVirtualHosts(
  { value: config, pointer }: Place,
  reading: Reading,
): readonly DeclaredVirtualHost[] {
  const found = objectsOf(config.virtual_hosts)
  if (config.vhds !== undefined)
    return [anything('virtual hosts are discovered one by one (vhds)', ['*'], reading, pointer)]
  return found.map((value, index) => {
    const at = `${pointer}/virtual_hosts/${index}`
    const domains = textsOf(value.domains)
    if (value.matcher !== undefined) return anything('routes are chosen by a matcher tree', domains, reading, at)
    return {
      name: textOf(value.name) ?? '',
      domains,
      ...(config.ignore_port_in_host_matching === true && { ignorePort: true as const }),
      routes: objectsOf(value.routes).flatMap((route, place) =>
        declaredRoute({ value: route, pointer: `${at}/routes/${place}` }, at, { virtualHost: value, config, reading }),
      ),
    }
  })
}

function anything(
  unmodelled: string,
  domains: readonly string[],
  reading: Reading,
  pointer: string,
): DeclaredVirtualHost {
  return {
    name: '',
    domains,
    routes: [
      {
        match: { kind: 'prefix', value: '', perhaps: unmodelled },
        cluster: '',
        unmodelled,
        timeoutMs: 0,
        hostRewrite: { kind: 'unknown' },
        lines: linesOf(reading, { route: pointer }),
      },
    ],
  }
}

/** A route with what stands around it. */
interface Around {
  readonly virtualHost: JsonObject
  readonly config: JsonObject
  readonly reading: Reading
}

/** Nothing for a route that no request of ours can take. */
function declaredRoute(
  { value: route, pointer }: Place,
  hostPointer: string,
  around: Around,
): readonly DeclaredRoute[] {
  const matcher = objectOf(route.match) ?? {}
  if (matcher.connect_matcher !== undefined) return []
  const action = objectOf(route.route)
  const retryAt = `${action?.retry_policy === undefined ? hostPointer : `${pointer}/route`}/retry_policy`
  const match = declaredMatch(matcher, around.config, around.reading)
  const lines = routeLines(pointer, retryAt, around.reading)
  if (action !== undefined) return [{ match, ...forwarding(action, route, around), lines }]
  const answers = declaredAnswers(route)
  const silent = { match, cluster: '', timeoutMs: 0, hostRewrite: { kind: 'sent' } as const, lines }
  if (answers !== undefined) return [{ ...silent, answers }]
  return [{ ...silent, unmodelled: firstOf(route, ['filter_action', 'non_forwarding_action']) ?? 'no action' }]
}

type Forwarding = Omit<DeclaredRoute, 'match' | 'lines'>

function forwarding(action: JsonObject, route: JsonObject, { virtualHost, config, reading }: Around): Forwarding {
  const weights = objectOf(action.weighted_clusters)
  const weighted = objectsOf(weights?.clusters).map(shareOf)
  const lasting = objectOf(action.max_stream_duration)
  const idleTimeoutMs = durationMsOf(action.idle_timeout) ?? reading.idleTimeoutMs
  const streamMaxMs = durationMsOf(lasting?.max_stream_duration) ?? reading.streamMaxMs
  const shadows = shadowsOf([action, virtualHost, config], reading)
  const retry = declaredRetry(action.retry_policy ?? virtualHost.retry_policy, bodyKept(route, virtualHost, reading))
  const pathRewrite = pathRewriteOf(action)
  const unmodelled = unmodelledOf(action, virtualHost, weights) ?? retry?.unmodelled
  return {
    cluster: textOf(action.cluster) ?? weighted[0]?.cluster ?? '',
    ...(weighted.length > 0 && { weighted }),
    ...(shadows.length > 0 && { shadows }),
    ...(pathRewrite !== undefined && { pathRewrite }),
    ...(unmodelled !== undefined && { unmodelled }),
    ...bodyLimitOf([route, virtualHost, config]),
    timeoutMs: durationMsOf(action.timeout) ?? 15_000,
    ...(idleTimeoutMs !== undefined && idleTimeoutMs > 0 && { idleTimeoutMs }),
    ...(streamMaxMs !== undefined && streamMaxMs > 0 && { streamMaxMs }),
    ...(retry?.retry !== undefined && { retry: retry.retry }),
    hostRewrite: hostRewriteOf(action),
  }
}

function shareOf(share: JsonObject): DeclaredShare {
  const literal = textOf(share.host_rewrite_literal)
  return {
    cluster: textOf(share.name) ?? '',
    weight: numberOf(share.weight) ?? 0,
    ...(literal !== undefined && { hostRewrite: { kind: 'literal' as const, value: literal } }),
  }
}

function hostRewriteOf(action: JsonObject): HostRewrite {
  const literal = textOf(action.host_rewrite_literal)
  if (literal !== undefined && literal !== '') return { kind: 'literal', value: literal }
  if (action.auto_host_rewrite === true) return { kind: 'auto' }
  const other = ['host_rewrite_header', 'host_rewrite_path_regex', 'host_rewrite']
  return { kind: firstOf(action, other) === undefined ? 'sent' : 'unknown' }
}

/** Of the innermost place that has any. */
function shadowsOf(places: readonly JsonObject[], reading: Reading): NonNullable<DeclaredRoute['shadows']> {
  const policies = places.map((place) => objectsOf(place.request_mirror_policies)).find((some) => some.length > 0) ?? []
  return policies.map((policy) => ({
    cluster: textOf(policy.cluster) ?? '',
    ratio: policy.runtime_fraction === undefined ? 1 : fractionAtRun(policy.runtime_fraction, reading),
  }))
}

/** The smallest of what may apply, so that no retry is missed that could not be. */
function bodyKept(route: JsonObject, virtualHost: JsonObject, { bodyKeptBytes }: Reading): number | undefined {
  const limits = [route, virtualHost].flatMap(
    ({ request_body_buffer_limit: body, per_request_buffer_limit_bytes: all }) =>
      [numberOf(body), numberOf(all)].filter((bytes) => bytes !== undefined),
  )
  if (bodyKeptBytes !== undefined) limits.push(bodyKeptBytes)
  return limits.length === 0 ? undefined : Math.min(...limits)
}

/** A priority has breakers and connections of its own, which the model of a cluster does not tell apart. */
export const highPriority = 'priority HIGH has breakers of its own'

const unmodelledFields = [
  'cluster_header',
  'cluster_specifier_plugin',
  'inline_cluster_specifier_plugin',
  'hedge_policy',
  'internal_redirect_policy',
  'internal_redirect_action',
  'early_data_policy',
  'max_grpc_timeout',
  'metadata_match',
]

function unmodelledOf(
  action: JsonObject,
  virtualHost: JsonObject,
  weights: JsonObject | undefined,
): string | undefined {
  const own = firstOf(action, unmodelledFields) ?? firstOf(virtualHost, ['hedge_policy', 'retry_policy_typed_config'])
  if (own !== undefined) return own
  if (action.priority === 'HIGH') return highPriority
  if (objectOf(action.max_stream_duration)?.grpc_timeout_header_max !== undefined) return 'timeouts of gRPC clients'
  const mirrored = objectsOf(action.request_mirror_policies).find((policy) => textOf(policy.cluster_header))
  if (mirrored !== undefined) return 'the shadow is named by a header'
  const chosen = weights && firstOf(weights, ['header_name', 'use_hash_policy', 'runtime_key_prefix'])
  if (chosen !== undefined) return `weighted_clusters.${chosen}`
  return objectsOf(weights?.clusters).some((share) => textOf(share.cluster_header)) ? 'cluster_header' : undefined
}

/** @param retry where its retry policy stands */
function routeLines(pointer: string, retry: string, reading: Reading): DeclaredRoute['lines'] {
  const action = `${pointer}/route`
  return linesOf(reading, {
    route: pointer,
    match: `${pointer}/match`,
    timeout: `${action}/timeout`,
    method: `${pointer}/match`,
    retryOn: `${retry}/retry_on`,
    retries: `${retry}/num_retries`,
    perTry: `${retry}/per_try_timeout`,
    backOff: `${retry}/retry_back_off`,
    hostHeader: `${action}/host_rewrite_literal`,
    cluster: `${action}/cluster`,
    weights: `${action}/weighted_clusters`,
    shadow: `${action}/request_mirror_policies`,
    answers: pointer,
    rewrite: `${action}/prefix_rewrite`,
  })
}
