// Durations, wrappers, structs and what else has a JSON form of its own in protobuf.

import { wrappers } from '../../mesh/envoy-api/well-known.ts'
import type { Json, JsonObject } from '../../mesh/xds.ts'
import { scalarJson, zeroOf } from './decode-scalar.ts'
import { readFields, type WireField } from './wire.ts'

const nothing = Buffer.alloc(0)

/** Anything of `wellKnown` but `Any`, which needs the whole API. */
export function wellKnownJson(name: string, fields: readonly WireField[]): Json {
  const short = name.slice('google.protobuf.'.length)
  if (wrappers.has(name)) {
    const kind = short.slice(0, -'Value'.length).toLowerCase()
    const [value] = fields.toReversed()
    return value === undefined ? zeroOf(kind) : scalarJson(kind, value)
  }
  switch (short) {
    case 'Duration':
      return duration(fields)
    case 'Timestamp':
      return timestamp(fields)
    case 'Struct':
      return structJson(fields)
    case 'Value':
      return valueJson(fields)
    case 'ListValue':
      return fields.map(({ bytes }) => valueJson(readFields(bytes ?? nothing)))
    case 'FieldMask':
      return fields.map(({ bytes }) => camel(bytes?.toString() ?? '')).join(',')
    default:
      return {}
  }
}

function numbers(fields: readonly WireField[]): { readonly seconds: bigint; readonly nanos: bigint } {
  const at = (wanted: number) => fields.findLast(({ number }) => number === wanted)?.varint ?? 0n
  return { seconds: BigInt.asIntN(64, at(1)), nanos: BigInt.asIntN(32, at(2)) }
}

function duration(fields: readonly WireField[]): string {
  const { seconds, nanos } = numbers(fields)
  const sign = seconds < 0n || nanos < 0n ? '-' : ''
  const abs = (value: bigint) => (value < 0n ? -value : value)
  return `${sign}${abs(seconds)}${fraction(abs(nanos))}s`
}

/** None, or 3, 6 or 9 digits. */
function fraction(nanos: bigint): string {
  if (nanos === 0n) return ''
  const digits = String(nanos).padStart(9, '0')
  const kept = [3, 6, 9].find((count) => Number(digits.slice(count)) === 0) ?? 9
  return `.${digits.slice(0, kept)}`
}

function timestamp(fields: readonly WireField[]): string {
  const { seconds, nanos } = numbers(fields)
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, -'.000Z'.length)}${fraction(nanos)}Z`
}

function structJson(fields: readonly WireField[]): JsonObject {
  return Object.fromEntries(
    fields.map(({ bytes }) => {
      const parts = readFields(bytes ?? nothing)
      const of = (wanted: number) => parts.findLast(({ number }) => number === wanted)?.bytes ?? nothing
      return [of(1).toString(), valueJson(readFields(of(2)))]
    }),
  )
}

function valueJson(fields: readonly WireField[]): Json {
  const field = fields.at(-1)
  const bytes = field?.bytes ?? nothing
  switch (field?.number) {
    case 2:
      return scalarJson('double', field)
    case 3:
      return bytes.toString()
    case 4:
      return scalarJson('bool', field)
    case 5:
      return structJson(readFields(bytes))
    case 6:
      return readFields(bytes).map((item) => valueJson(readFields(item.bytes ?? nothing)))
    default:
      return null
  }
}

function camel(path: string): string {
  return path.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}
