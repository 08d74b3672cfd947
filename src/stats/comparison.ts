// Comparisons as scenarios write them: `">= 0.99"`, `"<= 400ms"`, `"== 3"`. In a scenario they stay text, so that what is
// recorded in a history is what the person wrote; checks parse them when they start.

import { z } from 'zod'
import { parseDurationMs } from '../core/units.ts'

export type Operator = '>=' | '<=' | '==' | '>' | '<'

export interface Comparison {
  readonly operator: Operator
  /** Milliseconds where the text had a duration. */
  readonly value: number
  readonly text: string
}

const pattern = /^(>=|<=|==|>|<)\s*(-?\d+(?:\.\d+)?)(us|ms|s|m|h)?$/

/** Undefined when the text is no comparison, or has a unit where a plain number belongs, or none where a duration does. */
export function parseComparison(text: string, of: 'number' | 'duration'): Comparison | undefined {
  const [, operator, number, unit] = pattern.exec(text.trim()) ?? []
  if (operator === undefined || number === undefined || (unit === undefined) === (of === 'duration')) return undefined
  const value = unit === undefined ? Number(number) : parseDurationMs(`${number}${unit}`)
  return value === undefined ? undefined : { operator: operator as Operator, value, text: text.trim() }
}

/** For texts that a schema has already accepted. */
export function comparison(text: string, of: 'number' | 'duration'): Comparison {
  const parsed = parseComparison(text, of)
  if (parsed === undefined) throw new Error(`not a comparison with a ${of}: ${text}`)
  return parsed
}

export function holds({ operator, value }: Comparison, seen: number): boolean {
  switch (operator) {
    case '>=':
      return seen >= value
    case '<=':
      return seen <= value
    case '==':
      return seen === value
    case '>':
      return seen > value
    case '<':
      return seen < value
  }
}

/** `">= 1"`: any operator, no unit. */
export const numberComparison = z
  .string()
  .regex(/^\s*(>=|<=|==|>|<)\s*-?\d+(\.\d+)?\s*$/, 'a comparison such as ">= 1", "<= 1.1" or "== 3"')

/** `"<= 400ms"`: any operator but ==, which no time ever meets. */
export const durationComparison = z
  .string()
  .regex(/^\s*(>=|<=|>|<)\s*\d+(\.\d+)?(us|ms|s|m|h)\s*$/, 'a comparison with a duration such as "<= 400ms"')

/** `">= 0.99"`: a ratio that a sample can prove, so neither == nor a bound that only an endless sample reaches. */
export const ratioComparison = numberComparison.refine((text) => {
  const parsed = parseComparison(text, 'number')
  if (parsed === undefined) return true
  const { operator, value } = parsed
  return operator !== '==' && value > 0 && value < 1
}, 'a comparison by >= or <= with a ratio between 0 and 1, both excluded, because no sample proves exactly 0 or 1 ("failures: <= 0" says that nothing failed)')
