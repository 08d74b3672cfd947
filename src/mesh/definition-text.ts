// Reads YAML 1.2, and JSON as its subset, so that both have lines. Whatever the text is, it comes back soon: as a document
// with its value, or as what is wrong with it. Nesting and aliases are bounded before the recursive parts of the parser
// see them.

import {
  Composer,
  type CST,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  LineCounter,
  type Node,
  Parser,
  visit,
} from 'yaml'

/** What a mistake in the text itself looks like; `line` and `column` count from 1. */
export interface SyntaxProblem {
  readonly line: number
  readonly column: number
  readonly message: string
}

type At = (offset: number) => { readonly line: number; readonly column: number }

export type ReadText =
  | { readonly document: Document; readonly value: unknown; readonly at: At; readonly problems?: undefined }
  | { readonly document?: undefined; readonly problems: readonly SyntaxProblem[] }

// An alias may stand for a mapping a few hundred times in a real file; a bomb multiplies far beyond that.
const aliasCountMax = 10_000
// A definition needs nine levels, each of which may take three tokens.
const tokenDepthMax = 100

export function readText(text: string, merge: boolean): ReadText {
  const counter = new LineCounter()
  const at: At = (offset) => {
    const { line, col } = counter.linePos(offset)
    return { line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  const tokens = [...new Parser(counter.addNewLine).parse(text)]
  const deep = tooDeep(tokens)
  if (deep !== undefined)
    return { problems: [{ ...at(deep), message: 'expected a few levels of nesting, found too many' }] }
  // Duplicate keys are looked for below: the library compares every pair of keys, which a large file makes slow.
  const composer = new Composer({ version: '1.2', merge, uniqueKeys: false, prettyErrors: false, lineCounter: counter })
  const [document, second] = [...composer.compose(tokens, true, text.length)]
  if (document === undefined) return { problems: [{ line: 1, column: 1, message: 'expected a document, found none' }] }
  const problems = syntaxProblems(document, second, at)
  // Where the syntax is broken, the structure says nothing yet.
  if (problems.length > 0) return { problems }
  const structure = structureProblems(document, at)
  if (structure.length > 0) return { problems: structure }
  try {
    return { document, value: document.toJS({ maxAliasCount: aliasCountMax }), at }
  } catch (error) {
    return { problems: [{ line: 1, column: 1, message: whyUnreadable(error) }] }
  }
}

function syntaxProblems(document: Document.Parsed, second: Document.Parsed | undefined, at: At): SyntaxProblem[] {
  const problems = [...document.errors, ...document.warnings].map(({ pos, message }) => ({
    ...at(pos[0]),
    message: `expected valid YAML, found a mistake: ${message}`,
  }))
  return second === undefined ? problems : [...problems, { ...at(second.range[0]), message: severalDocuments }]
}

const severalDocuments = 'expected one YAML document, found several (separated by "---"); keep one service in one file'

function whyUnreadable(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  if (/alias count/i.test(message))
    return `expected aliases that expand to at most ${aliasCountMax} values, found more; write the values out`
  if (error instanceof RangeError) return 'expected aliases that end somewhere, found one inside of its own anchor'
  return message.split('\n', 1)[0] ?? message
}

/** The offset of the first token that lies too deep. Walks without recursion, because the depth is not known yet. */
function tooDeep(tokens: readonly CST.Token[]): number | undefined {
  let level: CST.Token[] = [...tokens]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > tokenDepthMax) return level[0]?.offset
    level = level.flatMap(insideOf)
  }
  return undefined
}

function insideOf(token: CST.Token): CST.Token[] {
  if (token.type === 'document') return token.value === undefined ? [] : [token.value]
  if (!('items' in token)) return []
  return token.items.flatMap((item) => [item.key, item.value].filter((part) => part !== undefined && part !== null))
}

/** What the parser lets pass although the file cannot mean it: a key given twice, an alias of nothing. */
function structureProblems(document: Document, at: At): SyntaxProblem[] {
  const problems: SyntaxProblem[] = []
  const anchors = new Set<string>()
  const complain = (node: Node, message: string) => problems.push({ ...at(node.range?.[0] ?? 0), message })
  visit(document, (_key, node) => {
    if (isAlias(node) && !anchors.has(node.source))
      complain(node, `expected an anchor before its alias, found only the alias "${node.source}"`)
    if ((isScalar(node) || isCollection(node)) && node.anchor !== undefined) anchors.add(node.anchor)
    if (!isMap(node)) return
    const seen = new Set<string>()
    for (const { key } of node.items) {
      if (!isScalar(key)) continue
      const name = key.source ?? String(key.value)
      if (seen.has(name)) complain(key, `expected each key once, found "${name}" again`)
      seen.add(name)
    }
  })
  return problems
}
