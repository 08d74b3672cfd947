import { expect, test } from 'vitest'
import { hintFor, nearest } from './did-you-mean.ts'

test('near names are guessed, far ones are not', () => {
  const known = ['ratePerSecond', 'timeout', 'from', 'until']
  expect(nearest('rate_per_second', known)).toBe('ratePerSecond')
  expect(nearest('timout', known)).toBe('timeout')
  expect(nearest('form', known)).toBeUndefined()
  expect(nearest('fron', known)).toBe('from')
  expect(nearest('wobble', known)).toBeUndefined()
  expect(nearest('wobble', [])).toBeUndefined()
})

test('without a guess, few known names are listed', () => {
  expect(hintFor('fron', ['from', 'until'])).toBe('did you mean "from"?')
  expect(hintFor('wobble', ['from', 'until'])).toBe('known: from, until')
  expect(hintFor('wobble', ['from', 'until'], 1)).toBeUndefined()
  expect(hintFor('wobble', [])).toBeUndefined()
})
