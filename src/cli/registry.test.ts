import { expect, test } from 'vitest'
import { SEMANTICS, semanticProblem } from '../environment/emulator/semantics.ts'
import { registry } from './registry.ts'

test('names of faults and checks are unique, and checks say what they can judge', () => {
  for (const kinds of [registry.faults, registry.checks]) {
    const names = kinds.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
  }
  const judges = (name: string) => registry.checks.find((kind) => kind.name === name)?.judges
  expect(['policy', 'nothing-lost', 'order'].map((name) => judges(name) ?? 'mesh')).toEqual([
    'mesh',
    'pipeline',
    'pipeline',
  ])
})

test('what checks stand on is in the table of semantics, and holds', () => {
  const needed = registry.checks.flatMap(({ needs = [] }) => needs)
  expect(needed.length).toBeGreaterThan(5)
  for (const id of needed) expect(semanticProblem(id)).toBeUndefined()
  // And one that does not hold is refused with its reason.
  const broken = SEMANTICS.find(({ holds }) => holds === 'no')
  expect(semanticProblem(broken?.id ?? '')).toContain('Not so here: ')
})
