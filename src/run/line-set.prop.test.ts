import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { LineRange } from '../core/history.ts'
import { lineSet } from './line-set.ts'

const range = fc
  .tuple(fc.integer({ min: 1, max: 60 }), fc.nat(12))
  .map(([first, more]) => ({ first, last: first + more }))
const steps = fc.array(fc.record({ kind: fc.constantFrom('add', 'remove'), range }), { maxLength: 60 })
const linesOf = ({ first, last }: LineRange) => Array.from({ length: last - first + 1 }, (_, index) => first + index)

test('is what a plain set of numbers is', () => {
  fc.assert(
    fc.property(steps, range, (all, asked) => {
      const set = lineSet()
      const model = new Set<number>()
      for (const step of all) {
        if (step.kind === 'add') {
          set.add(step.range)
          for (const line of linesOf(step.range)) model.add(line)
        } else {
          set.remove(step.range)
          for (const line of linesOf(step.range)) model.delete(line)
        }
        expect(set.count()).toBe(model.size)
      }
      expect(set.gaps(asked).flatMap(linesOf)).toEqual(linesOf(asked).filter((line) => !model.has(line)))
    }),
    { numRuns: 500 },
  )
})

test('a million lines in order cost one range, and an empty range nothing', () => {
  const set = lineSet()
  for (let first = 1; first <= 1_000_000; first += 1000) set.add({ first, last: first + 999 })
  set.add({ first: 5, last: 4 })
  expect(set.count()).toBe(1_000_000)
  expect(set.gaps({ first: 1, last: 1_000_002 })).toEqual([{ first: 1_000_001, last: 1_000_002 }])
})
