// What is in one object: its key, its lines, and which of them are poison, all of it a function of seed, scenario, source
// and index. Nothing is kept but the poison ranges: texts are made again when somebody asks, so 1,000,000 lines cost no
// memory. Putting is object-load.ts's business.

import { InputError } from '../../core/errors.ts'
import type { LineRange } from '../../core/history.ts'
import { decide, randomStream } from '../../core/random.ts'
import type { ObjectsRecord } from '../../core/scenario-record.ts'
import { contentProblem, isContentFormat, objectKey } from './content-problem.ts'
import { type ContentFormat, goodLine, goodTimeMs, poisonLine } from './line-text.ts'
import { gzipBody, type ObjectBody, plainBody } from './object-body.ts'

export interface ObjectContent {
  readonly key: string
  readonly lines: number
  /** Lines that no parser of the format reads; ascending and apart. */
  readonly poison: readonly LineRange[]
  /** Its gzip is broken. */
  readonly unreadable: boolean
  /** Line `line`, counted from 1, without its line break. @throws RangeError for a line that the object has not */
  messageOf(line: number): string
  /** What its record's time must be read as, in milliseconds since 1970; `undefined` where its format has none. */
  timestampOf(line: number): number | undefined
  /** The bytes to put: made anew at every call, the same each time. Every line ends in a line break. */
  body(): Promise<ObjectBody>
}

/**
 * `index` counts the objects of this source from 0.
 * @throws InputError with `contentProblem`'s reason
 */
export function objectContent(seed: string, scenario: string, source: ObjectsRecord, index: number): ObjectContent {
  const problem = contentProblem(source)
  const { format, lines, lineBytes, equalTexts, gzip } = source
  if (problem !== undefined || !isContentFormat(format)) throw new InputError(`objects "${source.prefix}": ${problem}`)
  const key = objectKey(source, index)
  const identity = `${source.bucket}/${key}`
  const objectHash = Math.floor(decide(seed, 'object', scenario, identity) * 2 ** 32)
  const poison = poisonRanges(source, randomStream(seed, `poison:${scenario}:${identity}`))
  const equalText = equalTexts ? goodLine(format, equalParts(seed, scenario, lineBytes)) : undefined
  const textOf = (line: number) => textOfLine(format, { objectHash, line, lineBytes }, poison, equalText)
  const unreadable = gzip && decide(seed, 'unreadable', scenario, identity) < source.unreadableRatio
  const damage = unreadable ? decide(seed, 'damage', scenario, identity) : undefined
  return {
    key,
    lines,
    poison,
    unreadable,
    messageOf(line) {
      if (!Number.isInteger(line) || line < 1 || line > lines) throw new RangeError(`${identity} has no line ${line}`)
      return textOf(line)
    },
    timestampOf: (line) => goodTimeMs(format, equalTexts ? 1 : line),
    body: () => (gzip ? gzipBody(lines, textOf, damage) : plainBody(lines, textOf)),
  }
}

/** One text for all objects of a scenario's source, so that a line of another object looks the same, too. */
function equalParts(seed: string, scenario: string, lineBytes: number) {
  return { objectHash: Math.floor(decide(seed, 'equal-texts', scenario) * 2 ** 32), line: 1, lineBytes }
}

function textOfLine(
  format: ContentFormat,
  parts: { readonly objectHash: number; readonly line: number; readonly lineBytes: number },
  poison: readonly LineRange[],
  equalText: string | undefined,
): string {
  if (poison.length > 0 && covers(poison, parts.line)) return poisonLine(parts)
  return equalText ?? goodLine(format, parts)
}

/** Gaps between poison lines are geometric, so that a million good lines cost no draws. */
function poisonRanges({ lines, poisonRatio }: ObjectsRecord, random: () => number): readonly LineRange[] {
  if (poisonRatio <= 0) return []
  const ranges: { readonly first: number; last: number }[] = []
  const gap = () => Math.floor(Math.log(1 - random()) / Math.log(1 - Math.min(1, poisonRatio)))
  for (let line = 1 + gap(); line <= lines; line += 1 + gap()) {
    const previous = ranges.at(-1)
    if (previous?.last === line - 1) previous.last = line
    else ranges.push({ first: line, last: line })
  }
  return ranges
}

function covers(ranges: readonly LineRange[], line: number): boolean {
  let low = 0
  let high = ranges.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((ranges[middle]?.last ?? 0) < line) low = middle + 1
    else high = middle
  }
  return (ranges[low]?.first ?? Number.POSITIVE_INFINITY) <= line
}
