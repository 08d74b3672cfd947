// Reads the text of a `config.yml`: its value, and the line and column of every path in it. What no honest config has (other
// encodings, several documents, alias bombs, more than 256 KiB) is one clear error. It knows nothing of the meaning.

import { readFile, stat } from 'node:fs/promises'
import { type Document, isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'
import { formatPlace, InputError, type Place } from '../core/errors.ts'

export type Path = readonly PropertyKey[]

export interface ConfigSource {
  readonly value: unknown
  /** The place of a path, or of its nearest ancestor that exists. `key`: of the pair's key, not its value. */
  placeOf(path: Path, part?: 'key'): Place
}

const bytesMax = 256 * 1024
const aliasesMax = 100

/** @throws InputError */
export async function readConfigSource(file: string): Promise<ConfigSource> {
  return parseConfigSource(decode(file, await readBounded(file)), file)
}

/** @throws InputError */
export function parseConfigSource(text: string, file: string): ConfigSource {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true, logLevel: 'error' })
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { file, line: Math.max(1, line), column: Math.max(1, col) }
  }
  const problem = document.errors[0] ?? document.warnings[0]
  if (problem !== undefined)
    throw new InputError(`${formatPlace(at(problem.pos[0]))}: expected YAML, found a mistake: ${problem.message}`)
  const value = toPlain(document, file)
  if (value === undefined || value === null)
    throw new InputError(`${file}: expected a pipeline's config, found an empty file`)
  const placeOf = (path: Path, part?: 'key') => ({ ...at(offsetOf(document, path, part)), pointer: pointerOf(path) })
  return { value, placeOf }
}

async function readBounded(file: string): Promise<Buffer> {
  try {
    const { size } = await stat(file)
    if (size > bytesMax)
      throw new InputError(`${file}: expected a config of at most ${bytesMax / 1024} KiB, found ${size} bytes`)
    return await readFile(file)
  } catch (error) {
    if (error instanceof InputError) throw error
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    const why = code === 'ENOENT' ? 'no such file' : code === 'EISDIR' ? 'a directory' : `an error (${code})`
    throw new InputError(`${file}: expected a pipeline's config.yml, found ${why}`)
  }
}

function decode(file: string, bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new InputError(`${file}: expected text in UTF-8, found other bytes; save the file as UTF-8`)
  }
}

function toPlain(document: Document, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: aliasesMax })
  } catch (error) {
    const why = error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : String(error)
    throw new InputError(`${file}: expected plain values, found aliases that do not resolve: ${why}`)
  }
}

/** RFC 6901. */
function pointerOf(path: Path): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

/** A scalar stands at its value, a mapping or list at its key, an item of a list at its beginning. */
function offsetOf(document: Document, path: Path, part?: 'key'): number {
  let here: unknown = document.contents
  let offset = startOf(here) ?? 0
  for (const step of path) {
    const container = isAlias(here) ? here.resolve(document) : here
    if (isSeq(container)) {
      here = container.items[Number(step)]
      offset = startOf(here) ?? offset
    } else {
      const pair = isMap(container)
        ? container.items.find(({ key }) => isScalar(key) && String(key.value) === String(step))
        : undefined
      if (pair === undefined) return offset
      here = pair.value
      const keyOffset = startOf(pair.key) ?? offset
      offset = part === undefined && isScalar(here) ? (startOf(here) ?? keyOffset) : keyOffset
    }
  }
  return offset
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined
}
