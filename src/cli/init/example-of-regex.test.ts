import { expect, test } from 'vitest'
import { matchesWhole } from '../../mesh/re2.ts'
import { examplesOfRegex } from './example-of-regex.ts'

test.for([
  ['/users/\\d+', '/users/1'],
  ['^/users/[0-9]{3,5}$', '/users/111'],
  ['/v[12]/(books|authors)/.*', '/v1/books/x'],
  ['/(?:a|b)?/x+', '/a/x'],
  ['/(?P<id>[a-f0-9-]{36})', `/${'a'.repeat(36)}`],
  ['(?i)/CART/.+', '/CART/x'],
  ['/[^/]+/items', '/a/items'],
  ['/\\w+\\.(js|css)', '/a.js'],
  ['/files/[\\w./-]*', '/files/a'],
  ['/b[]x]', '/bx'],
  ['/a{2}b{0,3}?', '/aab'],
] as const)('%s', ([pattern, expected]) => {
  const [first = ''] = examplesOfRegex(pattern)
  expect(first).toBe(expected)
  expect(matchesWhole(pattern, first)).toBe(true)
})

test('other branches and other counts come as well', () => {
  expect(examplesOfRegex('/(a|b)')).toEqual(['/a', '/b'])
  expect(examplesOfRegex('/a*')).toEqual(['/a', '/', '/aa'])
})

test.for(['/[[:alpha:]]+', '/\\pL', '(', '/a)', '*', '/(?=a)', '/[', '\\', '(?:'])(
  'beyond it, and said so: %s',
  (pattern) => {
    expect(examplesOfRegex(pattern)).toEqual([])
  },
)

test('what would be endless has an end', () => {
  expect(examplesOfRegex(`${'('.repeat(100)}a${')'.repeat(100)}`)).toEqual([])
  expect(examplesOfRegex('((((a{200}){200}){200}){200})')).toEqual([])
})
