import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { checkKinds } from './index.ts'

test('docs/checks.md has a section for every check, and no other', async () => {
  const docs = await readFile(new URL('../../docs/checks.md', import.meta.url), 'utf8')
  const sections = [...docs.matchAll(/^## (.+)$/gm)].map(([, name]) => name)
  expect(sections).toEqual(checkKinds.map(({ name }) => name))
})

test('every check can be written into the JSON Schema of scenarios', () => {
  for (const kind of checkKinds) expect(() => z.toJSONSchema(kind.schema, { io: 'input' }), kind.name).not.toThrow()
})
