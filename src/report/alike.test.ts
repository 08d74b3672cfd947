import { expect, test } from 'vitest'
import type { Finding } from '../core/verdict.ts'
import { groupAlike } from './alike.ts'

const finding = (rule: string, message: string, line = 1): Finding => ({
  rule,
  message,
  config: { file: 'book.yaml', line, text: 'timeout_ms: 300' },
})
const grouped = (findings: readonly Finding[]) =>
  groupAlike(findings, (one) => one).map(({ first, others }) => [first.message, others.length])

test('the same words with other numbers are alike', () => {
  expect(grouped([finding('a', 'ran for 320.4 ms'), finding('a', 'ran for 9 ms')])).toEqual([['ran for 320.4 ms', 1]])
})

test('another rule, other words or another line are not', () => {
  const all = [finding('a', 'x'), finding('b', 'x'), finding('a', 'y'), finding('a', 'x', 2)]
  expect(grouped(all)).toHaveLength(4)
})

test('groups stand in the order of their first members, and nothing is lost', () => {
  const all = [finding('a', 'x 1'), finding('b', 'y'), finding('a', 'x 2'), finding('a', 'x 3')]
  expect(grouped(all)).toEqual([
    ['x 1', 2],
    ['y', 0],
  ])
})

test('what belongs to different scenarios stays apart', () => {
  const items = ['one', 'two'].map((scenario) => ({ scenario, finding: finding('a', 'x') }))
  const groups = groupAlike(
    items,
    (item) => item.finding,
    (item) => item.scenario,
  )
  expect(groups).toHaveLength(2)
})
