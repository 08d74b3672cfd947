import { expect, test } from 'vitest'
import { oneLine, plainText, shorten } from './plain-text.ts'

test('control characters and lone surrogates are replaced, tabs and line breaks stay', () => {
  expect(plainText('a\u0000b\u001b[1m\r\nc\td\ud800\u0085\uffff')).toBe('a\ufffdb\ufffd[1m\nc\td\ufffd\ufffd\ufffd')
})

test('one line is one line', () => {
  expect(oneLine('  a\n\n b\tc ')).toBe('a b c')
  expect(oneLine('')).toBe('')
})

test('what is cut is counted', () => {
  expect(oneLine('x'.repeat(10_000), 10)).toBe('xxxxxxxxxx … (9990 more characters)')
  expect(oneLine('x'.repeat(12), 10)).toBe('xxxxxxxxxx … (2 more characters)')
  expect(oneLine('x'.repeat(10), 10)).toBe('x'.repeat(10))
  expect(shorten('ab\ncd', 3)).toBe('ab\n … (2 more characters)')
})

test('a cut never leaves half a character', () => {
  expect(oneLine('👩👩👩', 3).isWellFormed()).toBe(true)
})
