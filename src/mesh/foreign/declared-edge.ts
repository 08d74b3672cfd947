// What a listener promises beside routes, read from its connection manager and its buffer filter, with Envoy's defaults.
// A limit on the buffers of a connection is no limit on bodies, and is left out.

import type { DeclaredClientAddress, DeclaredConnections, DeclaredEdge } from '../edge.ts'
import type { DeclaredRoute } from '../policy.ts'
import type { JsonObject } from '../xds.ts'
import { durationMsOf, firstOf, numberOf, objectOf, objectsOf, textOf, typeNameOf } from './declared-fields.ts'
import { type FoundChain, linesOf, type Reading } from './declared-place.ts'

const minuteMs = 60_000

export function declaredEdge({ manager, pointer }: FoundChain, reading: Pick<Reading, 'lineOf'>): DeclaredEdge {
  const filters = objectsOf(manager.http_filters)
  const buffer = filters.findIndex((filter) => typeNameOf(objectOf(filter.typed_config)) === 'Buffer')
  const bodyLimitBytes = numberOf(objectOf(filters[buffer]?.typed_config)?.max_request_bytes)
  const options = `${pointer}/common_http_protocol_options`
  return {
    statPrefix: textOf(manager.stat_prefix) ?? '',
    ...(bodyLimitBytes !== undefined && { bodyLimitBytes }),
    requestTimeoutMs: durationMsOf(manager.request_timeout) ?? 0,
    streamIdleTimeoutMs: durationMsOf(manager.stream_idle_timeout) ?? 5 * minuteMs,
    connections: connectionsOf(manager),
    client: clientOf(manager),
    lines: linesOf(reading, {
      bodyLimit: buffer < 0 ? pointer : `${pointer}/http_filters/${buffer}/typed_config/max_request_bytes`,
      normalizePath: `${pointer}/normalize_path`,
      mergeSlashes: `${pointer}/merge_slashes`,
      escapedSlashes: `${pointer}/path_with_escaped_slashes_action`,
      requestTimeout: `${pointer}/request_timeout`,
      streamIdle: `${pointer}/stream_idle_timeout`,
      idle: `${options}/idle_timeout`,
      maxDuration: `${options}/max_connection_duration`,
      maxRequests: `${options}/max_requests_per_connection`,
      client: `${pointer}/use_remote_address`,
      trustedHops: `${pointer}/xff_num_trusted_hops`,
      append: `${pointer}/skip_xff_append`,
    }),
  }
}

function connectionsOf(manager: JsonObject): DeclaredConnections {
  const options = objectOf(manager.common_http_protocol_options)
  return {
    idleTimeoutMs: durationMsOf(options?.idle_timeout) ?? 60 * minuteMs,
    maxDurationMs: durationMsOf(options?.max_connection_duration) ?? 0,
    maxRequests: numberOf(options?.max_requests_per_connection) ?? 0,
    drainMs: durationMsOf(manager.drain_timeout) ?? 5000,
  }
}

function clientOf(manager: JsonObject): DeclaredClientAddress {
  const scheme = textOf(objectOf(manager.scheme_header_transformation)?.scheme_to_overwrite)
  const unmodelled = firstOf(manager, ['original_ip_detection_extensions'])
  return {
    useRemoteAddress: manager.use_remote_address === true,
    trustedHops: numberOf(manager.xff_num_trusted_hops) ?? 0,
    skipAppend: manager.skip_xff_append === true,
    internal: objectsOf(objectOf(manager.internal_address_config)?.cidr_ranges).map(
      (range) => `${textOf(range.address_prefix) ?? ''}/${numberOf(range.prefix_len) ?? 0}`,
    ),
    ...((scheme === 'http' || scheme === 'https') && { scheme }),
    ...(unmodelled !== undefined && { unmodelled }),
  }
}

/** A route's own limit on bodies, or its virtual host's. @param places the route, then its virtual host, then all of them */
export function bodyLimitOf(places: readonly JsonObject[]): Pick<DeclaredRoute, 'bodyLimitBytes'> {
  for (const place of places) {
    const own = Object.values(objectOf(place.typed_per_filter_config) ?? {})
      .map((config) => objectOf(config))
      .find((config) => typeNameOf(config) === 'BufferPerRoute')
    if (own?.disabled === true) return { bodyLimitBytes: 'none' }
    const bytes = numberOf(objectOf(own?.buffer)?.max_request_bytes)
    if (bytes !== undefined) return { bodyLimitBytes: bytes }
  }
  return {}
}
