// Protobuf's wire format: a message as its fields, each with number, wire type and raw value, and the few things that a
// discovery request is written with. It knows no schema.

import { InputError } from '../../core/errors.ts'

export interface WireField {
  readonly number: number
  /** Wire type 0: a 64-bit varint. */
  readonly varint?: bigint
  /** Wire types 1, 2 and 5: the bytes themselves. */
  readonly bytes?: Buffer
}

const truncated = () => new InputError('expected a protobuf message, found bytes that end in the middle of a field')

/** @throws InputError for bytes that are no message */
export function readFields(message: Buffer): readonly WireField[] {
  const fields: WireField[] = []
  for (let at = 0; at < message.length; ) {
    const tag = readVarint(message, at)
    const number = Number(tag.value >> 3n)
    const type = Number(tag.value & 7n)
    at = tag.end
    if (number === 0) throw new InputError('expected a protobuf message, found a field with the number 0')
    if (type === 0) {
      const { value, end } = readVarint(message, at)
      fields.push({ number, varint: value })
      at = end
      continue
    }
    let length = 8
    if (type === 5) length = 4
    else if (type === 2) {
      const { value, end } = readVarint(message, at)
      length = Number(value)
      at = end
    } else if (type !== 1) throw new InputError(`expected a protobuf message, found the wire type ${type}`)
    if (at + length > message.length) throw truncated()
    fields.push({ number, bytes: message.subarray(at, at + length) })
    at += length
  }
  return fields
}

/** The varints of a packed list. */
export function readVarints(bytes: Buffer): readonly bigint[] {
  const values: bigint[] = []
  for (let at = 0; at < bytes.length; ) {
    const { value, end } = readVarint(bytes, at)
    values.push(value)
    at = end
  }
  return values
}

function readVarint(bytes: Buffer, start: number): { readonly value: bigint; readonly end: number } {
  let value = 0n
  for (let at = start, shift = 0n; at < start + 10; at++, shift += 7n) {
    const byte = bytes[at]
    if (byte === undefined) throw truncated()
    value |= BigInt(byte & 0x7f) << shift
    if (byte < 0x80) return { value: BigInt.asUintN(64, value), end: at + 1 }
  }
  throw new InputError('expected a protobuf message, found a number of more than ten bytes')
}

/** A text, or a message that was written before; nothing where it is empty, as proto3 has it. */
export function writeField(number: number, value: string | Buffer): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value
  if (typeof value === 'string' && bytes.length === 0) return bytes
  return Buffer.concat([writeVarint((number << 3) | 2), writeVarint(bytes.length), bytes])
}

export function writeNumber(number: number, value: number): Buffer {
  return value === 0 ? Buffer.alloc(0) : Buffer.concat([writeVarint(number << 3), writeVarint(value)])
}

function writeVarint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80)
  return Buffer.from([...bytes, rest])
}
