// Turns what is wrong with a definition into one message that a person can act on: a line for each problem with its
// place, what was expected and what was found. At most ten are listed; the rest is counted.

import type { z } from 'zod'
import { nearest } from '../core/did-you-mean.ts'
import { formatPlace, InputError } from '../core/errors.ts'
import { type DefinitionSource, toPointer } from './definition-source.ts'
import { knownKeys, retryConditions } from './schema.ts'

const listedMax = 10
const foundCharactersMax = 60

interface Problem {
  readonly path: readonly PropertyKey[]
  readonly text: string
  /** The key is wrong, not its value. */
  readonly part?: 'key'
}

export function syntaxError(source: DefinitionSource, file: string): InputError {
  const lines = source.problems
    .slice(0, listedMax)
    .map(({ line, column, message }) => `${formatPlace({ file, line, column })}: ${message}`)
  return problemList(file, lines, source.problems.length)
}

export function schemaError(source: DefinitionSource, file: string, error: z.ZodError): InputError {
  // A misspelt key comes first, because the missing key that it leads to is the lesser half of the story.
  const problems = [
    ...error.issues.flatMap((issue) => unknownKeys(issue)),
    ...error.issues.flatMap((issue) => wrongValue(issue, source.value)),
  ]
  const lines = problems
    .slice(0, listedMax)
    .map(({ path, text, part }) => `${formatPlace(source.placeOf(toPointer(path), part))}: ${text}`)
  return problemList(file, lines, problems.length)
}

function unknownKeys(issue: z.core.$ZodIssue): Problem[] {
  if (issue.code !== 'unrecognized_keys') return []
  const mapping = String(issue.path.findLast((step) => typeof step === 'string') ?? '')
  return issue.keys.map((key) => ({
    path: [...issue.path, key],
    part: 'key',
    text: unknownWord('key', key, knownKeys[mapping] ?? []),
  }))
}

function wrongValue(issue: z.core.$ZodIssue, root: unknown): Problem[] {
  if (issue.code === 'unrecognized_keys') return []
  const { path, message } = issue
  const params = issue.code === 'custom' ? (issue.params ?? {}) : {}
  if (typeof params.word === 'string')
    return [{ path, text: unknownWord('retry condition', params.word, retryConditions) }]
  const found = valueAt(root, path)
  const seen = typeof params.found === 'string' ? params.found : describe(found)
  const hint = typeof found === 'string' && issue.code === 'invalid_value' ? didYouMean(found, issue.values) : ''
  return [{ path, text: `expected ${message}, found ${seen}${hint}` }]
}

function problemList(file: string, lines: readonly string[], total: number): InputError {
  if (total <= 1) return new InputError(lines[0] ?? `${file}: unreadable`)
  const more = total > lines.length ? [`  and ${total - lines.length} more`] : []
  return new InputError([`${file} has ${total} problems:`, ...lines.map((line) => `  ${line}`), ...more].join('\n'))
}

function unknownWord(what: string, word: string, known: readonly string[]): string {
  const hint = didYouMean(word, known)
  return `expected a known ${what}${hint === '' ? ` (${known.join(', ')})` : ''}, found ${describe(word)}${hint}`
}

/** Names the nearest known word when it is near enough to be meant. */
function didYouMean(word: string, known: readonly unknown[]): string {
  const guess = nearest(word.slice(0, 100), known.map(String))
  return guess === undefined ? '' : `; did you mean "${guess}"?`
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (here, step) =>
      typeof here === 'object' && here !== null && Object.hasOwn(here, step)
        ? (here as Record<PropertyKey, unknown>)[step]
        : undefined,
    value,
  )
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`
  if (typeof value === 'object' && value !== null) return 'a mapping'
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value)
  return text.length <= foundCharactersMax
    ? text
    : `${text.slice(0, foundCharactersMax)}... (${text.length} characters)`
}
