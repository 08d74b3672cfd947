// Protobuf bytes of Envoy's API as proto3 JSON, in the form that people write: names as in the .proto files, `Any` unpacked
// under its `@type`, durations as `0.250s`, wrappers as plain values, enums by name. Exactly what is on the wire is there,
// so what was not set stays unset. What this version of the API does not know is never dropped in silence.

import { InputError } from '../../core/errors.ts'
import { type ApiField, type ApiMessage, apiEnum, apiMessage } from '../../mesh/envoy-api/api-schema.ts'
import { anyMessage, wellKnown } from '../../mesh/envoy-api/well-known.ts'
import type { Json, JsonObject } from '../../mesh/xds.ts'
import { scalarJson, zeroOf } from './decode-scalar.ts'
import { wellKnownJson } from './decode-well-known.ts'
import { readFields, readVarints, type WireField } from './wire.ts'

/** Called with the place and the number of a field that the API does not have; Envoy ignores those, too. */
export type UnknownField = (place: string) => void

/** Envoy's own limit for nested messages. */
const depthMax = 100

/**
 * @param name the message's full name
 * @throws InputError that says where, for a type that the API does not have and for bytes that are no message
 */
export function decodeMessage(bytes: Buffer, name: string, unknownField: UnknownField = () => {}): JsonObject {
  return asObject(decode(bytes, name, { place: name.slice(name.lastIndexOf('.') + 1), depth: 0, unknownField }))
}

/** An `Any`: its message with `@type`. */
export function decodeAny(bytes: Buffer, unknownField: UnknownField = () => {}): JsonObject {
  return asObject(decode(bytes, anyMessage, { place: '', depth: 0, unknownField }))
}

const percent = 'envoy.type.v3.Percent'

interface Where {
  readonly place: string
  readonly depth: number
  readonly unknownField: UnknownField
}

function decode(bytes: Buffer, name: string, where: Where): Json {
  if (where.depth > depthMax) throw new InputError(`${where.place}: expected at most ${depthMax} levels, found more`)
  const inner = { ...where, depth: where.depth + 1 }
  if (name === anyMessage) return unpack(bytes, inner)
  if (wellKnown.has(name)) return wellKnownJson(name, readFields(bytes))
  const message = apiMessage(name)
  if (message === undefined)
    throw new InputError(`${where.place}: expected a type of Envoy's public API, found ${name}`)
  const fields = grouped(bytes, message, inner).map(([field, found]) => [field.name, fieldJson(field, found, inner)])
  // Nobody is to take a percentage of 0 for one that was left out.
  return Object.fromEntries(name === percent ? [['value', 0], ...fields] : fields)
}

/** The fields in order of their first appearance, each with all its appearances. */
function grouped(bytes: Buffer, message: ApiMessage, where: Where): readonly [ApiField, readonly WireField[]][] {
  const found = new Map<ApiField, WireField[]>()
  for (const part of readFields(bytes)) {
    const field = message.byNumber.get(part.number)
    if (field === undefined) where.unknownField(`${where.place}: field ${part.number} of ${message.name}`)
    else found.set(field, [...(found.get(field) ?? []), part])
  }
  return [...found]
}

function fieldJson(field: ApiField, found: readonly WireField[], where: Where): Json {
  const inside = { ...where, place: `${where.place}.${field.name}` }
  const one = (part: WireField, at: Where): Json => {
    if (field.kind === 'message') return decode(part.bytes ?? Buffer.alloc(0), field.of, at)
    return scalar(field, part)
  }
  if (field.keyKind !== undefined) return mapJson(field, found, inside)
  if (!field.isList) {
    // A message that comes in parts is their sum.
    if (field.kind === 'message') return one({ number: 0, bytes: joined(found) }, inside)
    return found.reduce<Json>((_, part) => one(part, inside), null)
  }
  return found.flatMap((part): readonly Json[] => {
    const isPacked = part.bytes !== undefined && !['message', 'string', 'bytes'].includes(field.kind)
    return isPacked ? packed(field, part) : [one(part, inside)]
  })
}

function mapJson(field: ApiField, found: readonly WireField[], where: Where): JsonObject {
  return Object.fromEntries(
    found.map((entry) => {
      const parts = readFields(entry.bytes ?? Buffer.alloc(0))
      const key = parts.findLast(({ number }) => number === 1)
      const values = parts.filter(({ number }) => number === 2)
      const name = String(key === undefined ? zeroOf(field.keyKind ?? '') : scalarJson(field.keyKind ?? '', key))
      const at = { ...where, place: `${where.place}[${name}]` }
      const last = values.at(-1)
      if (field.kind === 'message') return [name, decode(joined(values), field.of, at)]
      return [name, last === undefined ? zeroOf(field.kind) : scalar(field, last)]
    }),
  )
}

function scalar(field: ApiField, part: WireField): Json {
  if (field.kind !== 'enum') return scalarJson(field.kind, part)
  return enumJson(field.of, Number(BigInt.asIntN(32, part.varint ?? 0n)))
}

function enumJson(name: string, value: number): Json {
  return apiEnum(name).get(value) ?? value
}

const fixedBytes: Readonly<Record<string, number>> = {
  double: 8,
  fixed64: 8,
  sfixed64: 8,
  float: 4,
  fixed32: 4,
  sfixed32: 4,
}

function packed(field: ApiField, { number, bytes = Buffer.alloc(0) }: WireField): readonly Json[] {
  const size = fixedBytes[field.kind]
  if (size === undefined) return readVarints(bytes).map((varint) => scalar(field, { number, varint }))
  const count = Math.floor(bytes.length / size)
  return Array.from({ length: count }, (_, index) =>
    scalar(field, { number, bytes: bytes.subarray(index * size, (index + 1) * size) }),
  )
}

function unpack(bytes: Buffer, where: Where): Json {
  const parts = readFields(bytes)
  const url = parts.findLast(({ number }) => number === 1)?.bytes?.toString() ?? ''
  const value = joined(parts.filter(({ number }) => number === 2))
  if (url === '') return {}
  const name = url.slice(url.lastIndexOf('/') + 1)
  const inside = { ...where, place: where.place === '' ? name.slice(name.lastIndexOf('.') + 1) : where.place }
  const json = decode(value, name, inside)
  return wellKnown.has(name) ? { '@type': url, value: json } : { '@type': url, ...asObject(json) }
}

function joined(parts: readonly WireField[]): Buffer {
  const [only] = parts
  return parts.length === 1 && only?.bytes !== undefined
    ? only.bytes
    : Buffer.concat(parts.flatMap(({ bytes }) => bytes ?? []))
}

function asObject(value: Json): JsonObject {
  return value as JsonObject
}
