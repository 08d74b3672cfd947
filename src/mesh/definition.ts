// Loads a service definition: `.yaml`, `.yml`, `.json` or `.jsonnet`. Everything that can be wrong with the file comes
// out as one InputError that lists the problems with their places. Jsonnet is run by the caller's function, because
// its imports read files: who calls decides what they may read.

import { readFile, stat } from 'node:fs/promises'
import { extname } from 'node:path'
import { formatPlace, InputError } from '../core/errors.ts'
import type { ConfigLine } from '../core/verdict.ts'
import { schemaError, syntaxError } from './definition-problems.ts'
import { type DefinitionSource, readSource, unplaced } from './definition-source.ts'
import { type Definition, definitionSchema } from './schema.ts'

export type { Definition } from './schema.ts'

export interface LoadedDefinition {
  /** As the user gave it. */
  readonly file: string
  readonly definition: Definition
  /** The source line of a pointer, or of its nearest ancestor where the pointer itself is not in the file. */
  lineOf(pointer: string): ConfigLine
}

export type DefinitionFormat = 'yaml' | 'json' | 'jsonnet'

export interface LoadOptions {
  /** Evaluates a jsonnet file to JSON text. */
  readonly jsonnet?: (file: string) => Promise<string>
}

const formats: Readonly<Record<string, DefinitionFormat>> = {
  '.yaml': 'yaml',
  '.yml': 'yaml',
  '.json': 'json',
  '.jsonnet': 'jsonnet',
}

/** Far above any real definition, and small enough that no input can keep the parser busy for long. */
const bytesMax = 512 * 1024

/** @throws InputError */
export async function loadDefinition(file: string, options: LoadOptions = {}): Promise<LoadedDefinition> {
  const format = formats[extname(file).toLowerCase()]
  if (format === undefined)
    throw new InputError(
      `${file}: expected a file that ends in .yaml, .yml, .json or .jsonnet, found "${extname(file)}"`,
    )
  const text = await readText(file)
  if (format !== 'jsonnet') return parseDefinition(text, file, format)
  if (options.jsonnet === undefined)
    throw new InputError(`${file}: expected YAML or JSON here, found jsonnet; evaluate it first, with its imports`)
  return parseDefinition(await options.jsonnet(file), file, format)
}

/**
 * @param text for `jsonnet` the JSON that came out of it: problems then bear a pointer and no line
 * @throws InputError
 */
export function parseDefinition(text: string, file: string, format: DefinitionFormat): LoadedDefinition {
  if (text.trim() === '') throw new InputError(`${file}: expected a service definition, found an empty file`)
  if (format === 'jsonnet') return check(unplaced(parseJson(text, file, ' from jsonnet'), file), file)
  const source = readSource(text, file, { merge: format === 'yaml' })
  if (source.problems.length > 0) throw syntaxError(source, file)
  // YAML is looser than JSON; a .json file must be read the same by every other tool.
  return check(format === 'json' ? { ...source, value: parseJson(text, file) } : source, file)
}

function check(source: DefinitionSource, file: string): LoadedDefinition {
  const result = definitionSchema.safeParse(source.value)
  if (!result.success) throw schemaError(source, file, result.error)
  return { file, definition: result.data, lineOf: source.lineOf }
}

function parseJson(text: string, file: string, origin = ''): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const why = (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ')
    const [, line, column] = / \(line (\d+) column (\d+)\)$/.exec(why) ?? []
    const place = line === undefined || origin !== '' ? { file } : { file, line: Number(line), column: Number(column) }
    throw new InputError(`${formatPlace(place)}: expected JSON${origin}, found a mistake: ${why}`)
  }
}

async function readText(file: string): Promise<string> {
  let bytes: Buffer
  try {
    const { size } = await stat(file)
    if (size > bytesMax)
      throw new InputError(`${file}: expected a service definition of at most ${bytesMax} bytes, found ${size}`)
    bytes = await readFile(file)
  } catch (error) {
    if (error instanceof InputError) throw error
    throw new InputError(`${file}: expected a readable file, found ${whyUnreadable(error)}`)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new InputError(`${file}: expected text in UTF-8, found bytes that are not (${bytes.length} bytes)`)
  }
}

function whyUnreadable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'no such file'
  if (code === 'EISDIR') return 'a directory'
  if (code === 'EACCES' || code === 'EPERM') return 'that we may not read it'
  return error instanceof Error ? error.message : String(error)
}
