// What is wrong in a scenario file: a path into it and a text that says what was expected, what was found and what to do.
// A source knows where a path stands in its file; one error carries all problems of a file, up to a limit.

import { formatPlace, type Place } from '../core/errors.ts'

export type Path = readonly (string | number)[]

export interface Problem {
  readonly path: Path
  /** Point at the key instead of the value. */
  readonly atKey?: boolean
  /** `expected ..., found ...; hint`. */
  readonly text: string
}

/** One scenario as it stands in a file, not yet checked. */
export interface Source {
  /** As the user gave it, or relative to the folder that the user gave. */
  readonly file: string
  readonly absoluteFile: string
  readonly value: unknown
  place(path: Path, atKey?: boolean): Place
}

export const problemsMax = 10

/** One line a problem in the order of the file, the first ten, and how many more there are. */
export function formatProblems(source: Source, problems: readonly Problem[]): string {
  const lines = problems
    .map((problem) => ({ place: source.place(problem.path, problem.atKey), text: problem.text }))
    .toSorted((left, right) => order(left.place) - order(right.place))
    .slice(0, problemsMax)
    .map(({ place, text }) => `${formatPlace(place)}: ${text}`)
  const more = problems.length - problemsMax
  return [...lines, ...(more > 0 ? [`${source.file}: and ${more} more`] : [])].join('\n')
}

/** Places without lines stay in the order in which they were found. */
function order({ line = 0, column = 0 }: Place): number {
  return line * 1e6 + column
}

export function pointerOf(path: Path): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

/** The value at a path, or undefined. */
export function valueAt(root: unknown, path: Path): unknown {
  let value = root
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
    value = (value as Readonly<Record<string | number, unknown>>)[step]
  }
  return value
}

/** A value in a few words, whatever its size. */
export function describe(value: unknown): string {
  if (value === undefined || value === null) return 'nothing'
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value)
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'object') {
    const keys = Object.keys(value)
    const named = keys.slice(0, 5).map((key) => (key.length > 30 ? `${key.slice(0, 27)}...` : key))
    return keys.length === 0 ? 'an empty map' : `a map with ${named.join(', ')}${keys.length > 5 ? ', ...' : ''}`
  }
  if (typeof value === 'function' || typeof value === 'symbol') return `a ${typeof value}`
  return String(value)
}
