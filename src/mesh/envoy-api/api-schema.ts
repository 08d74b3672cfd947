// What Envoy's messages consist of, from envoy/api/messages.ndjson, which is read when the first message is asked for. A
// message is parsed when it is needed: a config uses some fifty of nearly two thousand.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../core/package-root.ts'

export interface ApiField {
  readonly number: number
  /** As the .proto file has it. */
  readonly name: string
  /** A scalar's name, `message` or `enum`; of a map that of its values. */
  readonly kind: string
  /** The full name of the message or enum. */
  readonly of: string
  readonly isList: boolean
  /** The scalar that a map's keys are. */
  readonly keyKind?: string
}

export interface ApiMessage {
  readonly name: string
  readonly byNumber: ReadonlyMap<number, ApiField>
  /** By both names that JSON may use: `connect_timeout` and `connectTimeout`. */
  readonly byName: ReadonlyMap<string, ApiField>
}

let lines: ReadonlyMap<string, string> | undefined
const messages = new Map<string, ApiMessage>()
const enums = new Map<string, ReadonlyMap<number, string>>()

/** Undefined for a message that Envoy's public API does not have. */
export function apiMessage(name: string): ApiMessage | undefined {
  const known = messages.get(name)
  if (known !== undefined) return known
  const line = allLines().get(name)
  if (line === undefined || !line.startsWith('[')) return undefined
  const [, ...fields] = JSON.parse(line) as [string, ...Parameters<typeof fieldOf>[0][]]
  const read = fields.map(fieldOf)
  const message = {
    name,
    byNumber: new Map(read.map((field) => [field.number, field])),
    byName: new Map(read.flatMap((field) => [[jsonName(field.name), field] as const, [field.name, field] as const])),
  }
  messages.set(name, message)
  return message
}

/** The names of an enum's values. */
export function apiEnum(name: string): ReadonlyMap<number, string> {
  const known = enums.get(name)
  if (known !== undefined) return known
  const line = allLines().get(name) ?? '{"values":[]}'
  const { values } = JSON.parse(line) as { readonly values: readonly (readonly [number, string])[] }
  // Of two names for one number the first is the one that JSON is written with.
  const read = new Map(values.toReversed())
  enums.set(name, read)
  return read
}

function fieldOf([number, name, kind, ...rest]: readonly [number, string, string, ...string[]]): ApiField {
  if (kind.startsWith('map ')) {
    const [valueKind = '', of = ''] = rest
    return { number, name, kind: valueKind, of, isList: false, keyKind: kind.slice('map '.length) }
  }
  const isList = kind.endsWith('[]')
  return { number, name, kind: isList ? kind.slice(0, -2) : kind, of: rest[0] ?? '', isList }
}

function allLines(): ReadonlyMap<string, string> {
  lines ??= new Map(
    readFileSync(join(packageRoot(), 'envoy/api/messages.ndjson'), 'utf8')
      .split('\n')
      .flatMap((line) => {
        const name = /^(?:\["|\{"enum":")([^"]+)"/.exec(line)?.[1]
        return name === undefined ? [] : [[name, line] as const]
      }),
  )
  return lines
}

function jsonName(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}
