import { expect, test } from 'vitest'
import { detailWords, flagNames, flagWords } from './flag-words.ts'
import { pickOne } from './pick-one.ts'

function picked(wanted: string, names: Iterable<string>) {
  const picking = pickOne(wanted)
  for (const name of names) picking.look(name)
  return picking.result()
}

test('the whole name, or a beginning that only one has', () => {
  expect(picked('a-1', ['a-1', 'a-10', 'a-1'])).toEqual({ kind: 'found', name: 'a-1' })
  expect(picked('a-2', ['a-1', 'a-20'])).toEqual({ kind: 'found', name: 'a-20' })
  expect(picked('a', ['a-1', 'a-20'])).toEqual({ kind: 'several', names: ['a-1', 'a-20'], more: false })
})

test('what may be it is told while it goes by, so that it can be kept', () => {
  const picking = pickOne('a-1')
  expect(['a-2', 'a-10', 'a-1', 'b'].map((name) => picking.look(name))).toEqual([false, true, true, false])
})

test('a whole name is found however many begin with it, and whatever comes first', () => {
  const many = Array.from({ length: 1000 }, (_, index) => `a-${index}`)
  expect(picked('a-', [...many, 'a-'])).toEqual({ kind: 'found', name: 'a-' })
  expect(picked('a', many)).toMatchObject({ kind: 'several', more: true })
  const { names } = picked('a', many) as { names: readonly string[] }
  expect(names).toHaveLength(50)
})

test('the nearest of a million, each once', () => {
  function* names() {
    for (let index = 0; index < 200_000; index++) {
      yield `abc-0-${index}`
      yield `abc-0-${index}`
    }
  }
  expect(picked('abd-0-77', names())).toMatchObject({ kind: 'none', nearest: expect.arrayContaining(['abc-0-77']) })
  expect(picked('x', [])).toEqual({ kind: 'none', nearest: [] })
})

test('flags and details in words', () => {
  expect(new Set(flagNames.map(flagWords)).size).toBe(flagNames.length)
  expect(flagWords('??')).toBe('no word for it here')
  expect(detailWords('upstream_reset_before_response_started{connection_termination}')).toBe(
    'the upstream failed before it answered: it closed the connection',
  )
  expect(detailWords('something_new')).toBeUndefined()
})
