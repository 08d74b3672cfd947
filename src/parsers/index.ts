// All formats by name, and how several of them become one: `[s3-lines, json, azure-ad-event]` hands what one makes to the
// next one.

import { azureAdEvent } from './azure-ad-event.ts'
import { gSuiteLogin } from './g-suite-login.ts'
import { json } from './json.ts'
import type { ParsedRecord, ParseResult, Parser } from './parser.ts'
import { ignore, s3Lines, s3Text } from './source.ts'

const parsers: readonly Parser[] = [s3Lines, s3Text, ignore, json, azureAdEvent, gSuiteLogin]

const byName: ReadonlyMap<string, Parser> = new Map(parsers.map((parser) => [parser.name, parser]))

export const formatNames: readonly string[] = parsers.map(({ name }) => name)

export function parserOf(name: string): Parser | undefined {
  return byName.get(name)
}

/**
 * One parser out of several names; later ones see the events of earlier ones.
 * @throws Error for a name that is unknown; configs are checked before
 */
export function parserOfAll(names: readonly string[]): Parser {
  const chain = names.map((name) => {
    const parser = parserOf(name)
    if (parser === undefined) throw new Error(`expected a known format, found ${JSON.stringify(name)}`)
    return parser
  })
  const [first, ...later] = chain
  if (first === undefined) throw new Error('expected at least one format, found none')
  return { name: names.join(','), parse: (input) => later.reduce(append, first.parse(input)) }
}

function append(result: ParseResult, next: Parser): ParseResult {
  if ('failure' in result) return result
  const [only] = result
  if (result.length === 1 && only !== undefined) return inherit(next.parse(only.event), only)
  const records: ParsedRecord[] = []
  for (const record of result) {
    const made = inherit(next.parse(record.event), record)
    if ('failure' in made) return made
    records.push(...made)
  }
  return records
}

/** A parser that gives no tag or time leaves those of the one before. */
function inherit(result: ParseResult, before: ParsedRecord): ParseResult {
  if ('failure' in result || (before.tag === '' && before.timestampMs === undefined)) return result
  return result.map((record) => ({
    ...before,
    ...record,
    tag: record.tag === '' ? before.tag : record.tag,
  }))
}
