// Turns what zod reports into problems that a person can act on: what was expected in words, what stands there, and for a
// misspelt key the nearest one that the place knows.

import type { z } from 'zod'
import { hintFor } from '../core/did-you-mean.ts'
import { type JsonSchema, knownKeysAt } from './json-schema.ts'
import { describe, type Path, type Problem, valueAt } from './problem.ts'

type Issue = z.core.$ZodIssue

const typeWords: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a map',
  record: 'a map',
  array: 'a list',
  null: 'nothing',
}

/** Says of a key that it is known, but not in such a scenario; undefined where it is not. */
export type KnownElsewhere = (path: Path, key: string) => string | undefined

/** Problems in the order of the file's paths as zod walked them. `root` is the value that was parsed. */
export function schemaProblems(
  error: z.ZodError,
  root: unknown,
  schema: JsonSchema,
  knownElsewhere: KnownElsewhere = () => undefined,
): readonly Problem[] {
  const issues = error.issues.flatMap((issue) => flatten(issue, root, []))
  // "Exactly one of ..." adds nothing where a misspelt key is the reason.
  const misspelt = new Set(issues.filter((issue) => issue.code === 'unrecognized_keys').map(pathText))
  return issues
    .filter((issue) => issue.code !== 'custom' || !misspelt.has(pathText(issue)))
    .flatMap((issue) => problemsOf(issue, root, schema, knownElsewhere))
}

function problemsOf(
  issue: Issue,
  root: unknown,
  schema: JsonSchema,
  knownElsewhere: KnownElsewhere,
): readonly Problem[] {
  const path = pathOf(issue)
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const elsewhere = knownElsewhere(path, key)
      return elsewhere === undefined
        ? unknownKey(path, key, schema)
        : { path: [...path, key], atKey: true, text: elsewhere }
    })
  }
  const found = valueAt(root, path)
  const key = path.at(-1)
  if (issue.code === 'invalid_key') {
    return [{ path, atKey: true, text: `expected ${expectedOf(issue)}, found ${describe(key)}` }]
  }
  const expected = expectedOf(issue)
  const parent = valueAt(root, path.slice(0, -1))
  const missing = found === undefined && typeof key === 'string' && typeof parent === 'object'
  if (missing) return [{ path: path.slice(0, -1), text: `expected ${key}: ${expected}, found no ${key}` }]
  if (/\bfound\b/.test(expected)) return [{ path, text: `expected ${expected}` }]
  const hint = hintOf(issue, found)
  return [{ path, text: `expected ${expected}, found ${describe(found)}${hint === undefined ? '' : `; ${hint}`}` }]
}

function unknownKey(path: Path, key: string, schema: JsonSchema): Problem {
  const known = knownKeysAt(schema, path)
  const at_ = { path: [...path, key], atKey: true }
  const hint = hintFor(key, known)
  const text = `expected ${known.length > 0 ? 'a known key' : 'no more keys'}, found ${describe(key)}`
  return { ...at_, text: hint === undefined ? text : `${text}; ${hint}` }
}

/** Opens unions: of several forms, the one that the value was meant to have tells what is wrong with it. */
function flatten(issue: Issue, root: unknown, prefix: Path): readonly Issue[] {
  const path = [...prefix, ...pathOf(issue)]
  const here = { ...issue, path: [...path] } as Issue
  if (issue.code === 'invalid_element') return issue.issues.flatMap((inner) => flatten(inner as Issue, root, path))
  if (issue.code !== 'invalid_union') return [here]
  const meant = issue.errors
    .filter((form) => form.length > 0 && !form.some((inner) => isOtherForm(inner as Issue, valueAt(root, path))))
    .toSorted((left, right) => left.length - right.length)[0]
  return meant === undefined ? [here] : meant.flatMap((inner) => flatten(inner as Issue, root, path))
}

/** The value is of another kind altogether, or has none of the form's keys. */
function isOtherForm(issue: Issue, value: unknown): boolean {
  if (issue.path.length === 0) {
    if (issue.code === 'unrecognized_keys') return issue.keys.length === Object.keys(value ?? {}).length
    return issue.code === 'invalid_type' || issue.code === 'invalid_value'
  }
  return false
}

function expectedOf(issue: Issue): string {
  if (!isDefaultMessage(issue.message)) return issue.message.replace(/^expected /i, '')
  switch (issue.code) {
    case 'invalid_type':
      return typeWords[issue.expected] ?? issue.expected
    case 'invalid_value':
      return `${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map((value) => describe(value)).join(', ')}`
    case 'too_small':
      return sized(issue.origin, issue.inclusive === false ? 'more than' : 'at least', issue.minimum)
    case 'too_big':
      return sized(issue.origin, issue.inclusive === false ? 'less than' : 'at most', issue.maximum)
    case 'not_multiple_of':
      return `a multiple of ${issue.divisor}`
    case 'invalid_format':
      return issue.pattern === undefined ? `text in the form ${issue.format}` : `text that matches ${issue.pattern}`
    case 'invalid_key':
      return issue.issues.map((inner) => expectedOf(inner as Issue))[0] ?? 'another key'
    case 'invalid_union':
      return unionWords(issue.errors.flatMap((form) => form.slice(0, 1)) as readonly Issue[])
    default:
      return 'another value'
  }
}

function unionWords(issues: readonly Issue[]): string {
  const words = issues.map((issue) =>
    issue.code === 'unrecognized_keys' || issue.path.length > 0 ? 'a map of another form' : expectedOf(issue),
  )
  return words.length === 0 ? 'another form' : [...new Set(words)].join(' or ')
}

function sized(origin: string, relation: string, limit: number | bigint): string {
  if (origin === 'string') return `text of ${relation} ${limit} characters`
  if (origin === 'array' || origin === 'set') return `a list of ${relation} ${limit}`
  return `${relation} ${limit}`
}

function hintOf(issue: Issue, found: unknown): string | undefined {
  if (issue.code === 'invalid_value' && typeof found === 'string') {
    return hintFor(
      found,
      issue.values.filter((value) => typeof value === 'string'),
      0,
    )
  }
  if (issue.code === 'invalid_type' && issue.expected === 'string' && typeof found === 'number') {
    return /unit/.test(issue.message) ? `did you mean "${found}ms" or "${found}s"?` : 'put it in quotes'
  }
  return undefined
}

/** Zod's own wording, as opposed to one that a schema was given. */
function isDefaultMessage(message: string): boolean {
  return /^(?:Invalid\b|Too (?:small|big)|Unrecognized )/.test(message)
}

function pathOf(issue: Issue): Path {
  return issue.path.map((step) => (typeof step === 'number' ? step : String(step)))
}

function pathText(issue: Issue): string {
  return JSON.stringify(pathOf(issue))
}
