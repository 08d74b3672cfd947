// Looking into proto3 JSON: what stands at a path, and of what type a message is. It changes nothing.

import type { Json, JsonObject } from '../xds.ts'

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function at(value: Json | undefined, ...path: readonly (string | number)[]): Json | undefined {
  let here: Json | undefined = value
  for (const step of path) {
    if (Array.isArray(here)) here = here[Number(step)]
    else if (isObject(here) && Object.hasOwn(here, step)) here = here[step]
    else return undefined
  }
  return here
}

/** An object, or an empty one where there is none. */
export function objectAt(value: Json | undefined, ...path: readonly (string | number)[]): JsonObject {
  const found = at(value, ...path)
  return isObject(found) ? found : {}
}

/** The objects of a list, with their places in it; none where there is no list. */
export function objectsAt(value: Json | undefined, ...path: readonly (string | number)[]): readonly JsonObject[] {
  const found = at(value, ...path)
  return Array.isArray(found) ? found.filter((item: Json): item is JsonObject => isObject(item)) : []
}

export function textAt(value: Json | undefined, ...path: readonly (string | number)[]): string {
  const found = at(value, ...path)
  return typeof found === 'string' ? found : ''
}

/** For messages, whatever it is. */
export function wordOf(value: Json | undefined): string {
  if (value === undefined) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** The message's full name: `envoy.extensions.filters.http.router.v3.Router`; that of what a TypedStruct holds. */
export function typeOf(message: Json | undefined): string {
  const name = lastPart(textAt(message, '@type'))
  return name.endsWith('.TypedStruct') ? lastPart(textAt(message, 'type_url')) : name
}

/** What the message says, also from inside of a TypedStruct. */
export function contentOf(message: Json | undefined): JsonObject {
  const isStruct = lastPart(textAt(message, '@type')).endsWith('.TypedStruct')
  return isStruct ? objectAt(message, 'value') : objectAt(message)
}

/** A copy without these keys. */
export function without(value: JsonObject, ...keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)))
}

/** Every text that stands anywhere in it as a value. */
export function textsIn(value: Json, found: Set<string> = new Set()): Set<string> {
  if (typeof value === 'string') found.add(value)
  else if (typeof value === 'object' && value !== null) for (const item of Object.values(value)) textsIn(item, found)
  return found
}

function lastPart(url: string): string {
  return url.slice(url.lastIndexOf('/') + 1)
}
