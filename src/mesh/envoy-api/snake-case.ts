// JSON of a message with its fields named as the .proto files name them. JSON may have both `connectTimeout` and
// `connect_timeout`, and only Envoy's API says which keys are names of fields and which are the user's own. What the API does
// not know stays as it is.

import type { Json, JsonObject } from '../xds.ts'
import { type ApiField, apiMessage } from './api-schema.ts'
import { anyMessage, wellKnown } from './well-known.ts'

export function inSnakeCase(value: Json, message: string): Json {
  if (message === anyMessage) return unpacked(value)
  if (!isObject(value) || wellKnown.has(message)) return value
  const known = apiMessage(message)
  if (known === undefined) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => {
      const field = known.byName.get(key)
      return field === undefined ? [key, member] : [field.name, membersOf(field, member)]
    }),
  )
}

function membersOf(field: ApiField, value: Json): Json {
  if (field.kind !== 'message') return value
  if (field.isList) return Array.isArray(value) ? value.map((item: Json) => inSnakeCase(item, field.of)) : value
  if (field.keyKind === undefined || !isObject(value)) return inSnakeCase(value, field.of)
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inSnakeCase(item, field.of)]))
}

function unpacked(value: Json): Json {
  if (!isObject(value) || typeof value['@type'] !== 'string') return value
  const type = value['@type']
  const { '@type': _, ...rest } = value
  return { '@type': type, ...(inSnakeCase(rest, type.slice(type.lastIndexOf('/') + 1)) as JsonObject) }
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
