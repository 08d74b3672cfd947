// One JSON value a line; no tag and no time of its own. As the first step of other formats it also passes on what is parsed
// already.

import { failure, type ParseFailure, type Parser } from './parser.ts'

export const json: Parser = {
  name: 'json',
  parse(input) {
    const value = parseJson(input)
    return isJsonFailure(value) ? value : [{ tag: '', event: value.json }]
  },
}

/** An object in JSON, whether it is still text or parsed already; or what is wrong. */
export function jsonObject(input: unknown): { readonly object: Readonly<Record<string, unknown>> } | ParseFailure {
  const value = parseJson(input)
  if (isJsonFailure(value)) return value
  const { json } = value
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return failure('a JSON object', json)
  return { object: json as Readonly<Record<string, unknown>> }
}

function parseJson(input: unknown): { readonly json: unknown } | ParseFailure {
  if (typeof input !== 'string') return { json: input }
  try {
    return { json: JSON.parse(input) }
  } catch {
    return failure('JSON', input)
  }
}

function isJsonFailure(value: { readonly json: unknown } | ParseFailure): value is ParseFailure {
  return 'failure' in value
}
