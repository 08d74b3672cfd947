// Lets a cluster send one request on each connection, so that what the relay does to connection n happens to one attempt
// and to no other. A cluster that says itself how many there may be keeps that.

import type { Json, JsonObject } from './xds.ts'

const options = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'

/** What is different in the cluster, with a line for `config.patch`. */
export function oneRequestPerConnection(cluster: JsonObject): { readonly changed: JsonObject; readonly note: string } {
  const all = objectOf(cluster.typed_extension_protocol_options)
  const http = objectOf(all[options])
  const common = objectOf(http.common_http_protocol_options)
  const own = common.max_requests_per_connection ?? cluster.max_requests_per_connection
  if (own !== undefined && own !== 0) {
    return {
      changed: {},
      note: `max_requests_per_connection stays ${JSON.stringify(own)}, so attempts share connections`,
    }
  }
  const protocol = ['explicit_http_config', 'use_downstream_protocol_config', 'auto_config'].some(
    (key) => http[key] !== undefined,
  )
  return {
    changed: {
      typed_extension_protocol_options: {
        ...all,
        [options]: {
          '@type': `type.googleapis.com/${options}`,
          ...(protocol ? {} : { explicit_http_config: explicitConfig(cluster) }),
          ...http,
          common_http_protocol_options: { ...common, max_requests_per_connection: 1 },
        },
      },
    },
    note: 'max_requests_per_connection -> 1 (a fault of TCP hits one attempt)',
  }
}

/** The older way to ask for HTTP/2 would be overruled by the options. */
function explicitConfig({ http2_protocol_options: http2, http_protocol_options: http1 }: JsonObject): JsonObject {
  return http2 === undefined ? { http_protocol_options: http1 ?? {} } : { http2_protocol_options: http2 }
}

function objectOf(value: Json | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}
}
