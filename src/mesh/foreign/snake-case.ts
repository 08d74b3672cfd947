// Proto3 JSON may name its fields in camelCase; here all become snake_case, as the .proto files have them. Keys of maps are
// data and stay: the names of filters, headers and metadata. What is not known to be a field stays as well, so that Envoy
// itself can say what is wrong with it.

import type { Json } from '../xds.ts'

/** Maps whose values are messages: only their keys stay. */
const mapsOfMessages = new Set([
  ...['typed_per_filter_config', 'typed_extension_protocol_options', 'typed_filter_metadata', 'typed_dynamic_metadata'],
  ...['providers', 'requirement_map', 'policies', 'map', 'source_codes', 'clusters_by_name', 'schemes', 'actions_map'],
  ...['resource_limits', 'prefix_ranges', 'extension_info', 'typed_map', 'local_stats', 'secrets_by_name'],
])

/** Free data: nothing in them is a field. */
const freeData = new Set([
  ...['filter_metadata', 'static_layer', 'json_format', 'metadata_context', 'dynamic_stats', 'labels', 'json_map'],
])

/** Where a digit was set off by an underscore, camelCase does not tell. */
const irregular: Readonly<Record<string, string>> = {
  consecutive5xx: 'consecutive_5xx',
  enforcingConsecutive5xx: 'enforcing_consecutive_5xx',
  acceptHttp10: 'accept_http_10',
  defaultHostForHttp10: 'default_host_for_http_10',
}

export function snakeCase(value: Json): Json {
  return fields(value, '')
}

export function snakeKey(key: string): string {
  if (Object.hasOwn(irregular, key)) return irregular[key] ?? key
  if (!/^[a-z][a-z0-9]*[A-Z][A-Za-z0-9]*$/.test(key)) return key
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

function fields(value: Json, parent: string): Json {
  if (Array.isArray(value)) return value.map((item: Json) => fields(item, ''))
  if (typeof value !== 'object' || value === null) return value
  if (isFree(value as Readonly<Record<string, Json>>, parent)) return value
  const isMap = mapsOfMessages.has(parent)
  return Object.fromEntries(
    Object.entries(value as Readonly<Record<string, Json>>).map(([key, member]) => {
      const name = isMap ? key : snakeKey(key)
      return [name, fields(member, isMap ? '' : name)]
    }),
  )
}

/** `metadata` is free data in a node, and a message elsewhere; a Struct is free data, whatever it is called. */
function isFree(value: Readonly<Record<string, Json>>, parent: string): boolean {
  if (freeData.has(parent)) return true
  if (parent === 'metadata') {
    return !['filter_metadata', 'filterMetadata', 'typed_filter_metadata', 'typedFilterMetadata'].some(
      (key) => key in value,
    )
  }
  return parent === 'value' && !('@type' in value)
}
