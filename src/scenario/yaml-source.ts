// A scenario in YAML: text to a plain value, and from a path in it back to line and column. Everything that no honest
// scenario has (binary, another encoding, several documents, tags, alias bombs, a size above 256 KiB) is one clear error.

import { readFile, stat } from 'node:fs/promises'
import { type Document, isAlias, isMap, isNode, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'
import { formatPlace, InputError, type Place } from '../core/errors.ts'
import { describe, type Path, pointerOf, problemsMax, type Source } from './problem.ts'

const bytesMax = 256 * 1024
const aliasesMax = 100

/** @throws InputError when the file is no YAML document */
export async function readYamlSource(file: string, absoluteFile: string): Promise<Source> {
  const text = decode(file, await readBounded(file, absoluteFile))
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' })
  refuseBroken(file, document, lines)
  const value = toPlain(file, document)
  if (value === undefined || value === null) {
    throw new InputError(`${file}: expected a scenario, found an empty file; docs/scenarios.md shows one to start from`)
  }
  return {
    file,
    absoluteFile,
    value,
    place: (path, atKey) => placeOf(file, document, lines, path, atKey ?? false),
  }
}

async function readBounded(file: string, absoluteFile: string): Promise<Buffer> {
  const { size } = await stat(absoluteFile)
  if (size <= bytesMax) return readFile(absoluteFile)
  throw new InputError(`${file}: expected a scenario of at most ${bytesMax / 1024} KiB, found ${size} bytes`)
}

function decode(file: string, bytes: Buffer): string {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    const line = lineOf(new TextDecoder('utf-8').decode(bytes), /\ufffd/)
    throw new InputError(
      `${formatPlace({ file, line })}: expected UTF-8 text, found other bytes; save the file as UTF-8`,
    )
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what gives a binary file away
  const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/
  if (!control.test(text)) return text
  throw new InputError(`${formatPlace({ file, line: lineOf(text, control) })}: expected YAML text, found binary data`)
}

function lineOf(text: string, what: RegExp): number {
  return text.slice(0, Math.max(0, text.search(what))).split('\n').length
}

function refuseBroken(file: string, document: Document, lines: LineCounter): void {
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { file, line, column: col }
  }
  const problems = [...document.errors, ...document.warnings]
  if (problems.length === 0) return
  const several = problems.find((problem) => problem.code === 'MULTIPLE_DOCS')
  if (several !== undefined) {
    const place = formatPlace(at(several.pos[0]))
    throw new InputError(`${place}: expected one YAML document a file, found another; put it into a file of its own`)
  }
  const shown = problems.slice(0, problemsMax).map((problem) => {
    const message = problem.message.replace(/\s+/g, ' ').slice(0, 200)
    return `${formatPlace(at(problem.pos[0]))}: expected YAML, found a mistake in it: ${message}`
  })
  throw new InputError(problems.some(isStackOverflow) ? tooDeep(file) : shown.join('\n'))
}

function toPlain(file: string, document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: aliasesMax })
  } catch (error) {
    if (error instanceof RangeError) throw new InputError(tooDeep(file))
    const message = error instanceof Error ? error.message : String(error)
    if (!(error instanceof ReferenceError)) throw error
    const found = /excessive/i.test(message) ? `aliases that multiply beyond ${aliasesMax}` : message.slice(0, 200)
    throw new InputError(`${file}: expected aliases that can be written out, found ${found}; write the values out`)
  }
}

function isStackOverflow(problem: { readonly message: string }): boolean {
  return problem.message.includes('call stack')
}

function tooDeep(file: string): string {
  return `${file}: expected a scenario, found YAML that is nested too deep`
}

/** Follows the path as far as the document has it. */
function placeOf(file: string, document: Document, lines: LineCounter, path: Path, atKey: boolean): Place {
  let node: Node | null | undefined = document.contents
  let offset = node?.range?.[0] ?? 0
  for (const [depth, step] of path.entries()) {
    const within: Node | null | undefined = isAlias(node) ? node.resolve(document) : node
    const child = childOf(within, step)
    if (child === undefined) break
    const last = depth === path.length - 1
    node = child.value
    const named = child.key?.range?.[0]
    offset = (last && atKey ? named : (node?.range?.[0] ?? named)) ?? named ?? offset
    // An empty value stands after its key, sometimes on the next line.
    if (isScalar(node) && node.value === null && node.source === '' && named !== undefined) offset = named
  }
  const { line, col } = lines.linePos(offset)
  return { file, line, column: col, pointer: pointerOf(path) }
}

function childOf(
  node: Node | null | undefined,
  step: string | number,
): { readonly key: Node | undefined; readonly value: Node | null } | undefined {
  if (isSeq(node)) {
    const item = node.items[Number(step)]
    return isNode(item) ? { key: item, value: item } : undefined
  }
  if (!isMap(node)) return undefined
  const pair = node.items.find(({ key }) => (isScalar(key) ? String(key.value) : describe(key)) === String(step))
  if (pair === undefined) return undefined
  return { key: isNode(pair.key) ? pair.key : undefined, value: isNode(pair.value) ? pair.value : null }
}
