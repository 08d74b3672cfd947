// Where things stand in a foreign config: a value with the pointer to it, and the connection managers of a listener. With
// several filter chains the first is the listener itself, and the others are entries `NAME/2`, `NAME/3`, ...

import type { ConfigLine } from '../../core/verdict.ts'
import type { Json, JsonObject, Resource } from '../xds.ts'
import { numberOf, objectOf, objectsOf, typeNameOf } from './declared-fields.ts'

export interface Place {
  readonly value: JsonObject
  readonly pointer: string
}

export interface Reading {
  readonly lineOf: (pointer: string) => ConfigLine
  /** Values of static runtime layers, by their whole key. */
  readonly runtime: ReadonlyMap<string, Json>
  /** What the listener gives routes that do not say. */
  readonly idleTimeoutMs?: number
  readonly streamMaxMs?: number
  readonly bodyKeptBytes?: number
}

export interface FoundChain {
  readonly name: string
  readonly manager: JsonObject
  /** Of the manager. */
  readonly pointer: string
  /** As the config has it, for what depends on it. */
  readonly port: number | undefined
  /** Bytes of a request's body that are kept for a retry, where the listener sets them. */
  readonly bufferBytes: number | undefined
}

export function httpChainsOf(listener: Resource, pointer: string): readonly FoundChain[] {
  const chains = objectsOf(listener.filter_chains).map((value, index): Place => {
    return { value, pointer: `${pointer}/filter_chains/${index}` }
  })
  const last = objectOf(listener.default_filter_chain)
  if (last !== undefined) chains.push({ value: last, pointer: `${pointer}/default_filter_chain` })
  const found = chains.flatMap((chain) => managerOf(chain))
  return found.map(({ value, pointer: at }, index) => ({
    name: index === 0 ? listener.name : `${listener.name}/${index + 1}`,
    manager: value,
    pointer: at,
    port: numberOf(objectOf(objectOf(listener.address)?.socket_address)?.port_value),
    bufferBytes: numberOf(listener.per_connection_buffer_limit_bytes),
  }))
}

function managerOf({ value, pointer }: Place): readonly Place[] {
  const filters = objectsOf(value.filters)
  const index = filters.findIndex((filter) => typeNameOf(objectOf(filter.typed_config)) === 'HttpConnectionManager')
  const manager = objectOf(filters[index]?.typed_config)
  return manager === undefined ? [] : [{ value: manager, pointer: `${pointer}/filters/${index}/typed_config` }]
}

export function linesOf(
  { lineOf }: Pick<Reading, 'lineOf'>,
  pointers: Readonly<Record<string, string>>,
): Readonly<Record<string, ConfigLine>> {
  return Object.fromEntries(Object.entries(pointers).map(([promise, pointer]) => [promise, lineOf(pointer)]))
}
