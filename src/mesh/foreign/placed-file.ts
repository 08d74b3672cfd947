// A file of YAML or JSON as a value with snake_case fields, and the line of every pointer into it. Dumps may be large: what
// is JSON is read as such, and its lines are looked for only when somebody asks.

import { readFile } from 'node:fs/promises'
import { formatPlace, InputError } from '../../core/errors.ts'
import type { ConfigLine } from '../../core/verdict.ts'
import { readSource, unplaced } from '../definition-source.ts'
import type { Json, JsonObject } from '../xds.ts'
import { isObject } from './json-tree.ts'
import { snakeCase, snakeKey } from './snake-case.ts'

export interface PlacedFile {
  readonly file: string
  readonly value: JsonObject
  /** By a pointer with snake_case fields. */
  readonly lineOf: (pointer: string) => ConfigLine
}

const bytesMax = 64 * 1024 * 1024
/** Above this, looking for lines would take too long; then a place is a pointer. */
const placedCharactersMax = 4 * 1024 * 1024

/** `what` for messages: `an envoy.yaml`. @throws InputError */
export async function readPlacedFile(file: string, what: string): Promise<PlacedFile> {
  const text = await readBounded(file, what)
  const raw = parsed(text, file)
  const { value: given } = raw
  if (!isObject(given)) {
    const found = given === null || given === undefined ? 'an empty file' : Array.isArray(given) ? 'a list' : 'a text'
    throw new InputError(`${file}: expected ${what}, found ${found}`)
  }
  return { file, value: snakeCase(given) as JsonObject, lineOf: (pointer) => raw.lineOf(asWritten(given, pointer)) }
}

async function readBounded(file: string, what: string): Promise<string> {
  let bytes: Buffer
  try {
    bytes = await readFile(file)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new InputError(`${file}: expected ${what} that can be read: ${why}`)
  }
  if (bytes.length > bytesMax) {
    throw new InputError(
      `${file}: expected ${what} of at most ${bytesMax / 1024 / 1024} MiB, found ${bytes.length} bytes`,
    )
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new InputError(`${file}: expected UTF-8 text, found other bytes; save the file as UTF-8`)
  }
}

function parsed(
  text: string,
  file: string,
): { readonly value: Json; readonly lineOf: (pointer: string) => ConfigLine } {
  const json = asJson(text)
  if (json !== undefined) {
    let source: ReturnType<typeof readSource> | undefined
    const placed = () => {
      source ??= text.length > placedCharactersMax ? unplaced(json, file) : readSource(text, file, { merge: false })
      return source.problems.length > 0 ? unplaced(json, file) : source
    }
    return { value: json, lineOf: (pointer) => placed().lineOf(pointer) }
  }
  const source = readSource(text, file, { merge: true })
  if (source.problems.length === 0) return { value: source.value as Json, lineOf: (pointer) => source.lineOf(pointer) }
  const shown = source.problems.slice(0, 20).map(({ line, column, message }) => {
    return `${formatPlace({ file, line, column })}: ${message.split('\n', 1)[0] ?? ''}`
  })
  throw new InputError(shown.join('\n'))
}

function asJson(text: string): Json | undefined {
  if (!/^\s*\{/.test(text)) return undefined
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined // YAML in flow style, or a mistake that the reader of YAML tells with its line
  }
}

/** The pointer as the file has it, where a field may stand in camelCase. */
function asWritten(value: Json, pointer: string): string {
  let here: Json | undefined = value
  const steps = pointer.split('/').slice(1)
  return steps
    .map((step) => {
      const name = step.replaceAll('~1', '/').replaceAll('~0', '~')
      const container: Json | undefined = here
      if (Array.isArray(container)) here = container[Number(name)]
      else if (isObject(container)) {
        const key: string =
          name in container ? name : (Object.keys(container).find((one) => snakeKey(one) === name) ?? name)
        here = container[key]
        return `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
      } else here = undefined
      return `/${step}`
    })
    .join('')
}
