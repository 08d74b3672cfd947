import { expect, test } from 'vitest'
import { deliveredRuns } from './delivery.ts'

const content = {
  lines: 10,
  messageOf: (line: number) => `text ${line}`,
  timestampOf: (line: number) => (line <= 5 ? line * 1000 : undefined),
}
const runs = (...lines: [number, string, number?][]) =>
  deliveredRuns({ object: 'logs/a', lines }, content).map(({ first, last, altered }) => [first, last, altered])

test('a time that is told must be the one that stands in the line', () => {
  expect(runs([1, 'text 1', 1000], [2, 'text 2', 2000])).toEqual([[1, 2, false]])
  expect(runs([1, 'text 1', 1000 + 9 * 3_600_000], [2, 'text 2', 2000])).toEqual([
    [1, 1, true],
    [2, 2, false],
  ])
})

test('where the handler tells none, or the format has none, there is nothing to compare', () => {
  expect(runs([1, 'text 1'], [6, 'text 6', 77])).toEqual([
    [1, 1, false],
    [6, 6, false],
  ])
})
