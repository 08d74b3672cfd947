import { expect, test } from 'vitest'
import { faultKinds } from './index.ts'

test('names are unique, and each kind plans or acts', () => {
  const names = faultKinds.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  for (const kind of faultKinds) {
    expect(kind.plan ?? kind.inject ?? kind.planCall ?? kind.planInvocation).toBeDefined()
    expect(kind.about).toMatch(/^[A-Z].*\.$/)
  }
})

test('what ends processes or provokes warnings runs alone', () => {
  expect(faultKinds.filter(({ isolated }) => isolated).map(({ name }) => name)).toEqual([
    'kill',
    'freeze',
    'restart',
    'garbage',
    'push',
    'store-outage',
  ])
})
