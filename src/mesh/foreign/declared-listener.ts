// What a listener of the user's does to a request before its router sees it, and which of its filters may answer in the
// router's place. Filters are known by the type of their config, as Envoy knows them.

import type { DeclaredListener } from '../policy.ts'
import type { JsonObject } from '../xds.ts'
import { firstOf, objectOf, objectsOf, textOf } from './declared-fields.ts'
import type { FoundChain } from './declared-place.ts'

/** They neither answer nor change what routes, retries and timers go by. */
const harmless = new Set([
  ...['router', 'compressor', 'decompressor', 'grpc_stats', 'grpc_web', 'tap', 'on_demand', 'set_metadata', 'geoip'],
  ...['bandwidth_limit', 'stateful_session', 'ip_tagging', 'upstream_codec', 'alternate_protocols_cache'],
])

/** They let a request pass as it is, or answer it themselves. */
const answering = new Set([
  ...['cors', 'buffer', 'fault', 'ext_authz', 'jwt_authn', 'rbac', 'ratelimit', 'rate_limit_quota', 'local_ratelimit'],
  ...[
    'csrf',
    'admission_control',
    'adaptive_concurrency',
    'health_check',
    'oauth2',
    'basic_auth',
    'api_key_auth',
    'cache',
  ],
])

export function declaredListener({ name, manager, port }: FoundChain): DeclaredListener {
  const filters = objectsOf(manager.http_filters)
  const answers = filters.filter((filter) => answering.has(kindOf(filter))).map(nameOf)
  const unknown = filters.find((filter) => !harmless.has(kindOf(filter)) && !answering.has(kindOf(filter)))
  const unmodelled = unmodelledOf(manager, unknown && nameOf(unknown))
  return {
    name,
    ...pathSettings(manager),
    ...hostSettings(manager, port),
    ...(answers.length > 0 && { answeredBy: answers }),
    ...(unmodelled !== undefined && { unmodelled }),
  }
}

/** `jwt_authn` of `envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication`. */
function kindOf(filter: JsonObject): string {
  const type = textOf(objectOf(filter.typed_config)?.['@type']) ?? ''
  return /\.filters\.http\.(\w+)\./.exec(type)?.[1] ?? type
}

function nameOf(filter: JsonObject): string {
  return textOf(filter.name) ?? kindOf(filter)
}

function pathSettings(manager: JsonObject): Partial<DeclaredListener> {
  const escaped = textOf(manager.path_with_escaped_slashes_action)
  const escapedSlashes =
    escaped === 'REJECT_REQUEST'
      ? 'reject'
      : escaped === 'UNESCAPE_AND_REDIRECT'
        ? 'redirect'
        : escaped === 'UNESCAPE_AND_FORWARD'
          ? 'forward'
          : undefined
  return {
    ...(manager.normalize_path === true && { normalizePath: true }),
    ...(manager.merge_slashes === true && { mergeSlashes: true }),
    ...(escapedSlashes !== undefined && { escapedSlashes }),
  }
}

function hostSettings(manager: JsonObject, port: number | undefined): Partial<DeclaredListener> {
  return {
    ...(manager.strip_any_host_port === true
      ? { stripPort: 'any' as const }
      : manager.strip_matching_host_port === true && port !== undefined && { stripPort: port }),
    ...(manager.strip_trailing_host_dot === true && { stripHostDot: true }),
  }
}

function unmodelledOf(manager: JsonObject, filter: string | undefined): string | undefined {
  if (filter !== undefined) return `the filter ${filter} may change requests`
  const field = firstOf(manager, ['scoped_routes', 'early_header_mutation_extensions', 'path_normalization_options'])
  if (field !== undefined) return field
  const mappers = objectsOf(objectOf(manager.local_reply_config)?.mappers)
  if (mappers.some((mapper) => mapper.status_code !== undefined)) return 'local_reply_config changes statuses'
  return undefined
}
