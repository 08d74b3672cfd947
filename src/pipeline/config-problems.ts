// Turns what is wrong with a config into one message that a person can act on: a line for each problem with its place,
// what was expected, what was found, and for a misspelt word the nearest one that is known.

import type { z } from 'zod'
import { hintFor } from '../core/did-you-mean.ts'
import { formatPlace, InputError } from '../core/errors.ts'
import { knownKeys } from './config-schema.ts'
import type { ConfigSource, Path } from './config-source.ts'

export interface ConfigProblem {
  readonly path: Path
  readonly text: string
  /** The key is wrong, not its value. */
  readonly part?: 'key'
}

const listedMax = 30
const foundCharactersMax = 80

/** A misspelt key comes first, because the missing key that it leads to is the lesser half of the story. */
export function schemaProblems(error: z.ZodError, root: unknown): readonly ConfigProblem[] {
  return [
    ...error.issues.flatMap((issue) => unknownKeys(issue)),
    ...error.issues.flatMap((issue) => wrongValue(issue, root)),
  ]
}

export function problemList(source: ConfigSource, file: string, problems: readonly ConfigProblem[]): InputError {
  const lines = problems
    .slice(0, listedMax)
    .map(({ path, text, part }) => `${formatPlace(source.placeOf(path, part))}: ${text}`)
  if (problems.length <= 1) return new InputError(lines[0] ?? `${file}: unreadable`)
  const more = problems.length > listedMax ? [`  and ${problems.length - listedMax} more`] : []
  return new InputError(
    [`${file} has ${problems.length} problems:`, ...lines.map((line) => `  ${line}`), ...more].join('\n'),
  )
}

export function found(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`
  if (typeof value === 'object' && value !== null) return 'a mapping'
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value)
  return text.length <= foundCharactersMax ? text : `${text.slice(0, foundCharactersMax)}...`
}

/** `; did you mean "x"?`, or the known names, or nothing. */
export function hint(name: string, known: readonly string[]): string {
  const text = hintFor(name, known)
  return text === undefined ? '' : `; ${text}`
}

function unknownKeys(issue: z.core.$ZodIssue): readonly ConfigProblem[] {
  if (issue.code !== 'unrecognized_keys') return []
  const known = keysAt(issue.path)
  return issue.keys.map((key) => ({
    path: [...issue.path, key],
    part: 'key',
    text: `expected a known key, found ${found(key)}${hint(key, known)}`,
  }))
}

function wrongValue(issue: z.core.$ZodIssue, root: unknown): readonly ConfigProblem[] {
  if (issue.code === 'unrecognized_keys') return []
  const { path } = issue
  if (issue.code === 'invalid_key') {
    const expected = issue.issues[0]?.message ?? issue.message
    return [{ path, part: 'key', text: `expected ${expected}, found ${found(path.at(-1))}` }]
  }
  const value = valueAt(root, path)
  const key = path.at(-1)
  if (value === undefined && typeof key === 'string')
    return [{ path: path.slice(0, -1), text: `expected ${key}: ${issue.message}, found no ${key}` }]
  return [{ path, text: `expected ${issue.message}, found ${found(value)}` }]
}

function keysAt(path: Path): readonly string[] {
  const matches = (pattern: string) => {
    const steps = pattern === '' ? [] : pattern.split('.')
    return steps.length === path.length && steps.every((step, index) => step === '*' || step === String(path[index]))
  }
  return knownKeys.find(([pattern]) => matches(pattern))?.[1] ?? []
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (here, step) =>
      typeof here === 'object' && here !== null && Object.hasOwn(here, step)
        ? (here as Record<PropertyKey, unknown>)[step]
        : undefined,
    value,
  )
}
