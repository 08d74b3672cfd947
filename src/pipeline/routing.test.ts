import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type FormatRule, formatsOf, laneOf, type Route } from './routing.ts'

const routing: readonly Route[] = [
  { bucket: 'logs', prefix: 'drop/', dest: 'drop' },
  { bucket: 'logs', prefix: '', dest: 'slow' },
  { prefix: 'a', dest: 'fast' },
  { prefix: '', dest: 'slow' },
]

test.each([
  ['logs', 'drop/x', 'drop'],
  ['logs', 'a', 'slow'],
  ['other', 'a/b', 'fast'],
  ['other', 'drop/x', 'slow'],
] as const)('%s/%s goes to %s', (bucket, key, lane) => {
  expect(laneOf({ routing }, bucket, key)).toBe(lane)
})

test('without a rule everything is fast', () => {
  expect(laneOf({ routing: [] }, 'any', 'key')).toBe('fast')
})

test('an unknown bucket has no format, not even one called like a property of objects', () => {
  expect(formatsOf({ bucketMapping: {} }, 'constructor', 'x')).toEqual([])
})

test('the longest prefix wins, in whatever order the rules stand', () => {
  const prefix = fc.stringMatching(/^[ab/]{0,6}$/)
  fc.assert(
    fc.property(fc.uniqueArray(prefix, { maxLength: 8 }), prefix, (prefixes, key) => {
      const rules: FormatRule[] = prefixes.map((text) => ({ prefix: text, format: [text] }))
      const wanted = prefixes.filter((text) => key.startsWith(text)).sort((a, b) => b.length - a.length)[0]
      expect(formatsOf({ bucketMapping: { b: rules } }, 'b', key)).toEqual(wanted === undefined ? [] : [wanted])
    }),
  )
})
