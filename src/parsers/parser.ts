// What a parser is: it takes one text, or what the parser before it made of that text, and gives records or says why it
// cannot. It is pure, keeps nothing between two texts and never throws. Times are milliseconds since 1970 in UTC, whatever
// the time zone of the machine.

export interface ParsedRecord {
  /** What kind of record it is; empty where the format gives none. */
  readonly tag: string
  /** Absent where the format gives no time. */
  readonly timestampMs?: number
  readonly event: unknown
}

export interface ParseFailure {
  /** What was expected and what was found. */
  readonly failure: string
}

export type ParseResult = readonly ParsedRecord[] | ParseFailure

export interface Parser {
  readonly name: string
  /** @param input the text, or the `event` of the parser before */
  parse(input: unknown): ParseResult
}

export function failure(expected: string, found: unknown): ParseFailure {
  return { failure: `expected ${expected}, found ${short(found)}` }
}

const foundCharactersMax = 80

function short(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'an object'
  const text = typeof value === 'string' ? JSON.stringify(value.slice(0, foundCharactersMax)) : String(value)
  return typeof value === 'string' && value.length > foundCharactersMax ? `${text}...` : text
}
