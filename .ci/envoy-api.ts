// Writes envoy/api/messages.ndjson anew: what every message of Envoy's public API v3 consists of, at the version of the
// pinned Envoy. It comes from the descriptors inside the Go module that Envoy publishes of its .proto files (Apache-2.0),
// which fixtures/foreign/go-control-plane/go.mod pins; nothing is compiled. Needs `go`.
//
//   node .ci/envoy-api.ts

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { $ } from 'zx'
import { readFields } from '../src/environment/xds-client/wire.ts'

const target = 'envoy/api'
const modules = [
  'github.com/envoyproxy/go-control-plane/envoy',
  'github.com/cncf/xds/go',
  'google.golang.org/genproto/googleapis/rpc',
  'google.golang.org/genproto/googleapis/api',
  'google.golang.org/protobuf',
  'go.opentelemetry.io/proto/otlp',
  'cel.dev/expr',
]
/** What can stand in a discovered resource; what those need is found by itself. */
const wanted = /^(envoy\.(config|extensions|type|service\.discovery)\.|xds\.|udpa\.)/
const scalars: Readonly<Record<number, string>> = {
  1: 'double',
  2: 'float',
  3: 'int64',
  4: 'uint64',
  5: 'int32',
  6: 'fixed64',
  7: 'fixed32',
  8: 'bool',
  9: 'string',
  12: 'bytes',
  13: 'uint32',
  15: 'sfixed32',
  16: 'sfixed64',
  17: 'sint32',
  18: 'sint64',
}

const escapes: Readonly<Record<string, number>> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11, '\\': 92, '"': 34 }

interface Message {
  readonly name: string
  readonly isMapEntry: boolean
  /** Number, name, kind, and for `enum`, `message` and `map` what of; a list's kind ends in `[]`. */
  readonly fields: readonly (readonly [number, string, string, string?])[]
}
interface Enumeration {
  readonly name: string
  readonly values: readonly (readonly [number, string])[]
}

const messages = new Map<string, Message>()
const enums = new Map<string, Enumeration>()

const project = 'fixtures/foreign/go-control-plane'
const { Version: version } = await moduleOf(modules[0] ?? '')
for (const name of modules) {
  const { Dir: folder } = await moduleOf(name)
  for (const file of goFiles(folder))
    for (const descriptor of descriptorsIn(readFileSync(file, 'utf8'))) addFile(descriptor)
}
writeFileSync(join(target, 'messages.ndjson'), text())

async function moduleOf(name: string): Promise<{ readonly Dir: string; readonly Version: string }> {
  const found = await $({ cwd: project, verbose: false })`go mod download -json ${name}`.nothrow()
  if (found.exitCode === 0) return JSON.parse(found.stdout)
  throw new Error(found.stderr || found.stdout)
}

function goFiles(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.pb\.go$/.test(entry.name) && !/_(vtproto|grpc)\.pb\.go$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
}

/** The generator of Go code writes a descriptor as one constant text over many lines, an older one as a list of bytes. */
function descriptorsIn(source: string): readonly Buffer[] {
  const lists = [...source.matchAll(/^var file_\w+_rawDesc = \[\]byte\{([^}]*)\}/gm)].map(([, body = '']) =>
    Buffer.from([...body.matchAll(/0x(..)/g)].map(([, hex = '']) => Number.parseInt(hex, 16))),
  )
  const texts = [...source.matchAll(/^const file_\w+_rawDesc = ""((?: \+\n\t"(?:[^"\\]|\\.)*")+)/gm)].map(
    ([, body = '']) =>
      Buffer.concat([...body.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, literal = '']) => goBytes(literal))),
  )
  return [...lists, ...texts]
}

function goBytes(literal: string): Buffer {
  const parts = literal.matchAll(
    /\\x([0-9a-fA-F]{2})|\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})|\\([0-7]{3})|\\(.)|([^\\]+)/g,
  )
  return Buffer.concat(
    [...parts].map(([, hex, short, long, octal, letter, plain]) => {
      if (plain !== undefined) return Buffer.from(plain)
      if (hex !== undefined) return Buffer.from([Number.parseInt(hex, 16)])
      if (octal !== undefined) return Buffer.from([Number.parseInt(octal, 8)])
      if (letter !== undefined) return Buffer.from([escapes[letter] ?? 0])
      return Buffer.from(String.fromCodePoint(Number.parseInt(short ?? long ?? '0', 16)))
    }),
  )
}

function parts(bytes: Buffer, number: number): readonly Buffer[] {
  return readFields(bytes).flatMap((field) =>
    field.number === number && field.bytes !== undefined ? [field.bytes] : [],
  )
}

function textOf(bytes: Buffer, number: number): string {
  return parts(bytes, number).at(-1)?.toString() ?? ''
}

function numberOf(bytes: Buffer, number: number): number {
  return Number(readFields(bytes).findLast((field) => field.number === number)?.varint ?? 0n)
}

function addFile(file: Buffer): void {
  const scope = textOf(file, 2)
  for (const message of parts(file, 4)) addMessage(message, scope)
  for (const enumeration of parts(file, 5)) addEnum(enumeration, scope)
}

function addMessage(bytes: Buffer, scope: string): void {
  const name = `${scope}.${textOf(bytes, 1)}`
  for (const nested of parts(bytes, 3)) addMessage(nested, name)
  for (const nested of parts(bytes, 4)) addEnum(nested, name)
  const isMapEntry = parts(bytes, 7).some((options) => numberOf(options, 7) === 1)
  const fields = parts(bytes, 2).map((field): Message['fields'][number] => {
    const list = numberOf(field, 4) === 3 ? '[]' : ''
    const type = numberOf(field, 5)
    const of = textOf(field, 6).slice(1)
    const head = [numberOf(field, 3), textOf(field, 1)] as const
    if (type === 11) return [...head, `message${list}`, of]
    if (type === 14) return [...head, `enum${list}`, of]
    return [...head, `${scalars[type] ?? 'unknown'}${list}`]
  })
  messages.set(name, { name, isMapEntry, fields })
}

function addEnum(bytes: Buffer, scope: string): void {
  const name = `${scope}.${textOf(bytes, 1)}`
  const values = parts(bytes, 2).map((value) => [numberOf(value, 2), textOf(value, 1)] as const)
  enums.set(name, { name, values })
}

/** A list of map entries is a map: its kind names the key's, its last word what the values are. */
function withMaps({ name, fields }: Message): readonly unknown[] {
  const shown = fields.map((field) => {
    const [number, key, kind, of = ''] = field
    const entry = kind === 'message[]' ? messages.get(of) : undefined
    if (entry?.isMapEntry !== true) return field
    const [, , valueKind = '', ofValue] = entry.fields[1] ?? []
    return [number, key, `map ${entry.fields[0]?.[2]}`, valueKind, ...(ofValue === undefined ? [] : [ofValue])]
  })
  return [name, ...shown]
}

function text(): string {
  const roots = [...messages.values()].filter(({ name, isMapEntry }) => wanted.test(name) && !isMapEntry)
  const reached = new Set<string>()
  const walk = (name: string): void => {
    if (reached.has(name)) return
    reached.add(name)
    for (const [, , , of] of messages.get(name)?.fields ?? []) if (of !== undefined) walk(of)
  }
  for (const { name } of roots) walk(name)
  const names = [...reached].toSorted()
  const missing = names.filter((name) => !messages.has(name) && !enums.has(name))
  if (missing.length > 0) throw new Error(`not found: ${missing.join(', ')}`)
  const shown = names.flatMap((name) => messages.get(name) ?? []).filter(({ isMapEntry }) => !isMapEntry)
  const lines = [
    { notice: 'From the .proto files of Envoy and of those that they need; Apache License 2.0, see LICENSE.', version },
    ...names.flatMap((name) => enums.get(name) ?? []).map(({ name, values }) => ({ enum: name, values })),
    ...shown.map(withMaps),
  ]
  return `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`
}
