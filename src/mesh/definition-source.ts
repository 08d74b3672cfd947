// The source of a definition: its value, and the place of every JSON pointer into it. Through anchors and merge keys a
// pointer leads to the line where the value really stands. It knows nothing of the format's meaning.

import { type Document, isAlias, isMap, isNode, isPair, isScalar, isSeq } from 'yaml'
import type { Place } from '../core/errors.ts'
import type { ConfigLine } from '../core/verdict.ts'
import { readText, type SyntaxProblem } from './definition-text.ts'

export interface DefinitionSource {
  readonly value: unknown
  readonly problems: readonly SyntaxProblem[]
  /**
   * The place of a pointer, or of its nearest ancestor that exists; `pointer` stays as asked for. `key` points at the key
   * of a pair instead of its value.
   */
  placeOf(pointer: string, part?: 'key'): Place
  lineOf(pointer: string): ConfigLine
}

export interface SourceOptions {
  /** Whether `<<` merges mappings, as YAML files of this kind use it; JSON knows no such key. */
  readonly merge: boolean
}

export function readSource(text: string, file: string, options: SourceOptions): DefinitionSource {
  const read = readText(text, options.merge)
  if (read.document === undefined) return { ...unplaced(undefined, file), problems: read.problems }
  const { document, at, value } = read
  const lines = text.split(/\r\n|[\n\r]/)
  const placeOf = (pointer: string, part?: 'key'): Place => ({
    file,
    ...at(offsetOf(document, pointer, part)),
    pointer,
  })
  const lineOf = (pointer: string): ConfigLine => {
    const place = placeOf(pointer)
    return { ...place, text: (lines[(place.line ?? 1) - 1] ?? '').trim() }
  }
  return { value, problems: [], placeOf, lineOf }
}

/** A value that was computed (jsonnet): there are no lines, the text of a pointer is its value as JSON. */
export function unplaced(value: unknown, file: string): DefinitionSource {
  return {
    value,
    problems: [],
    placeOf: (pointer) => ({ file, pointer }),
    lineOf: (pointer) => ({ file, pointer, text: JSON.stringify(valueAt(value, pointer)) ?? '' }),
  }
}

/** RFC 6901. */
export function toPointer(path: readonly PropertyKey[]): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

function fromPointer(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** The value at a pointer, or at its nearest ancestor that exists. */
function valueAt(value: unknown, pointer: string): unknown {
  let here = value
  for (const step of fromPointer(pointer)) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, step)) return here
    here = (here as Record<string, unknown>)[step]
  }
  return here
}

/** Where a pointer stands: a scalar at its value, a mapping or list at its key, an item at its beginning. */
function offsetOf(document: Document, pointer: string, part?: 'key'): number {
  let here: unknown = document.contents
  let offset = startOf(here) ?? 0
  for (const step of fromPointer(pointer)) {
    const container = isAlias(here) ? here.resolve(document) : here
    if (isSeq(container)) {
      here = container.items[Number(step)]
      if (here === undefined) return offset
      offset = startOf(here) ?? offset
    } else {
      const pair = pairOf(document, container, step, 0)
      if (pair === undefined) return offset
      here = pair.value
      const keyOffset = startOf(pair.key) ?? offset
      offset = part === undefined && (isScalar(here) || isAlias(here)) ? (startOf(here) ?? keyOffset) : keyOffset
    }
  }
  return offset
}

const mergeDepthMax = 50

function pairOf(
  document: Document,
  map: unknown,
  step: string,
  depth: number,
): { readonly key: unknown; readonly value: unknown } | undefined {
  if (!isMap(map) || depth > mergeDepthMax) return undefined
  const own = map.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === step)
  if (own !== undefined) return own
  for (const pair of map.items) {
    if (!isPair(pair) || !isScalar(pair.key) || (pair.key.value !== '<<' && pair.key.source !== '<<')) continue
    const merged = isAlias(pair.value) ? pair.value.resolve(document) : pair.value
    for (const source of isSeq(merged) ? merged.items : [merged]) {
      const found = pairOf(document, isAlias(source) ? source.resolve(document) : source, step, depth + 1)
      if (found !== undefined) return found
    }
  }
  return undefined
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined
}
