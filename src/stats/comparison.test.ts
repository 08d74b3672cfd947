import { describe, expect, test } from 'vitest'
import {
  comparison,
  durationComparison,
  holds,
  numberComparison,
  parseComparison,
  ratioComparison,
} from './comparison.ts'

test('operators, numbers and durations', () => {
  expect(parseComparison('>= 0.99', 'number')).toEqual({ operator: '>=', value: 0.99, text: '>= 0.99' })
  expect(parseComparison(' <=400ms ', 'duration')).toEqual({ operator: '<=', value: 400, text: '<=400ms' })
  expect(parseComparison('< 1.5s', 'duration')?.value).toBe(1500)
  expect(parseComparison('== 3', 'number')?.operator).toBe('==')
  expect(parseComparison('> -1', 'number')?.value).toBe(-1)
})

test('anything else is no comparison', () => {
  for (const text of ['', '0.99', '=> 1', '>= ', '>= 1 2', '>= 1e3', '>= x', '!= 3', '>= 1ms']) {
    expect(parseComparison(text, 'number'), text).toBeUndefined()
  }
  for (const text of ['<= 400', '<= ms', '<= 4 ms', '<= 4d'])
    expect(parseComparison(text, 'duration'), text).toBeUndefined()
  expect(() => comparison('<= 400', 'duration')).toThrow('not a comparison')
})

describe('holds', () => {
  const cases = [
    ['>= 3', [false, true, true]],
    ['<= 3', [true, true, false]],
    ['> 3', [false, false, true]],
    ['< 3', [true, false, false]],
    ['== 3', [false, true, false]],
  ] as const
  for (const [text, expected] of cases) {
    test(text, () => expect([2, 3, 4].map((seen) => holds(comparison(text, 'number'), seen))).toEqual(expected))
  }
})

test('whatever the schemas accept can be parsed, and what they give is what they got', () => {
  for (const text of ['>= 0', '<=1.1', '== 3', ' > 2 ']) {
    expect(numberComparison.parse(text)).toBe(text)
    expect(parseComparison(text, 'number')).toBeDefined()
  }
  for (const text of ['<= 400ms', '< 1s']) {
    expect(durationComparison.parse(text)).toBe(text)
    expect(parseComparison(text, 'duration')).toBeDefined()
  }
  expect(durationComparison.safeParse('== 4ms').success).toBe(false)
})

test('a ratio that no sample can prove is refused', () => {
  expect(ratioComparison.safeParse('>= 0.99').success).toBe(true)
  for (const text of ['>= 1', '<= 0', '== 0.5', '>= 99', '>= -0.1', 'high']) {
    expect(ratioComparison.safeParse(text).success, text).toBe(false)
  }
})
