// How a cluster speaks HTTP to our hosts. What TLS would have negotiated (`auto_config`) becomes the protocol that the config
// itself prefers; HTTP/3 becomes HTTP/2.

import type { Json, JsonObject } from '../xds.ts'
import { isObject, objectAt, textAt, without } from './json-tree.ts'

const optionsName = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'
const optionsType = `type.googleapis.com/${optionsName}`

/** The fields that change; `cluster` is as it will be otherwise. */
export function rewriteProtocol(cluster: JsonObject, isRelayed: boolean, say: (what: string) => void): JsonObject {
  const typed = objectAt(cluster, 'typed_extension_protocol_options')
  const name = Object.keys(typed).find(
    (key) => isObject(typed[key]) && textAt(typed[key], '@type').endsWith('.HttpProtocolOptions'),
  )
  const before = name === undefined ? undefined : objectAt(typed, name)
  const explicit = before === undefined ? undefined : explicitOptions(before, say)
  if (!isRelayed) return explicit === undefined ? {} : withOptions(typed, name ?? optionsName, explicit)
  say('max_requests_per_connection -> 1 (a TCP fault counts connections, and so knows the attempt)')
  const options = explicit ?? before ?? oldOptions(cluster)
  const common = { ...objectAt(options, 'common_http_protocol_options'), max_requests_per_connection: 1 }
  return withOptions(typed, name ?? optionsName, { ...options, common_http_protocol_options: common })
}

function withOptions(typed: JsonObject, name: string, options: JsonObject): JsonObject {
  return { typed_extension_protocol_options: { ...typed, [name]: options } }
}

/** Undefined where they can stay as they are. */
function explicitOptions(options: JsonObject, say: (what: string) => void): JsonObject | undefined {
  const { auto_config: auto, explicit_http_config: explicit } = options
  if (isObject(auto)) {
    const isHttp2 = auto.http2_protocol_options !== undefined
    say(`auto_config -> ${isHttp2 ? 'HTTP/2' : 'HTTP/1.1'} (nothing is negotiated without TLS)`)
    const chosen: Json = isHttp2
      ? { http2_protocol_options: auto.http2_protocol_options ?? {} }
      : { http_protocol_options: auto.http_protocol_options ?? {} }
    return { ...without(options, 'auto_config'), explicit_http_config: chosen }
  }
  if (!isObject(explicit) || explicit.http3_protocol_options === undefined) return undefined
  say('HTTP/3 -> HTTP/2 (our hosts speak TCP)')
  return { ...options, explicit_http_config: { http2_protocol_options: {} } }
}

/** What the fields say that were there before typed options. */
function oldOptions(cluster: JsonObject): JsonObject {
  const { http2_protocol_options: http2, http_protocol_options: http1, common_http_protocol_options: common } = cluster
  const explicit: Json = isObject(http2) ? { http2_protocol_options: http2 } : { http_protocol_options: http1 ?? {} }
  return {
    '@type': optionsType,
    explicit_http_config: explicit,
    ...(isObject(common) ? { common_http_protocol_options: common } : {}),
  }
}
