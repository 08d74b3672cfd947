// Single values of protobuf as JSON. A 64-bit integer is a number while a number can hold it, then a text: Envoy takes both,
// and people write numbers.

import type { Json } from '../../mesh/xds.ts'
import type { WireField } from './wire.ts'

export function scalarJson(kind: string, { varint = 0n, bytes = Buffer.alloc(0) }: WireField): Json {
  switch (kind) {
    case 'string':
      return bytes.toString('utf8')
    case 'bytes':
      return bytes.toString('base64')
    case 'bool':
      return varint !== 0n
    case 'double':
      return float(bytes.length === 8 ? bytes.readDoubleLE() : 0)
    case 'float':
      return shortest(bytes.length === 4 ? bytes.readFloatLE() : 0)
    case 'fixed32':
      return bytes.length === 4 ? bytes.readUInt32LE() : 0
    case 'sfixed32':
      return bytes.length === 4 ? bytes.readInt32LE() : 0
    case 'fixed64':
      return integer(bytes.length === 8 ? bytes.readBigUInt64LE() : 0n)
    case 'sfixed64':
      return integer(bytes.length === 8 ? bytes.readBigInt64LE() : 0n)
    case 'uint32':
      return Number(BigInt.asUintN(32, varint))
    case 'int32':
      return Number(BigInt.asIntN(32, varint))
    case 'sint32':
    case 'sint64':
      return integer((varint >> 1n) ^ -(varint & 1n))
    case 'int64':
      return integer(BigInt.asIntN(64, varint))
    case 'uint64':
      return integer(varint)
    default:
      throw new Error(`not a scalar of protobuf: ${kind}`)
  }
}

/** What a map's key or value is that was left out. */
export function zeroOf(kind: string): Json {
  if (kind === 'string' || kind === 'bytes') return ''
  if (kind === 'bool') return false
  return 0
}

function integer(value: bigint): Json {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : String(value)
}

function float(value: number): Json {
  return Number.isFinite(value) ? value : String(value)
}

/** 0.1 is written as such, not as what is left of it after 32 bits. */
function shortest(value: number): Json {
  if (!Number.isFinite(value)) return String(value)
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits))
    if (Math.fround(short) === value) return short
  }
  return value
}
