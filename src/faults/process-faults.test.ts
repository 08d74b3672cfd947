import { expect, test } from 'vitest'
import { freeze, kill, restart } from './process-faults.ts'
import { injected } from './test-surface.ts'

test.each([
  ['kill', kill],
  ['freeze', freeze],
  ['restart', restart],
])('%s: the whole target, or one host of it, and its heal', async (name, kind) => {
  expect(kind.name).toBe(name)
  expect(await injected(kind, {})).toEqual({ harm: [`${name} user`], cure: [`heal ${name} user`], heals: true })
  expect((await injected(kind, {}, 2)).harm).toEqual([`${name} user host 2`])
  expect(kind.isolated).toBe(true)
  expect(kind.plan).toBeUndefined()
  expect(kind.schema.safeParse({ signal: 9 }).success).toBe(false)
})
