import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { checkKinds } from './index.ts'
import { pipelineChecks } from './pipeline/index.ts'

const all = [...checkKinds, ...pipelineChecks]

test('docs/checks.md has a section for every check, and no other', async () => {
  const docs = await readFile(new URL('../../docs/checks.md', import.meta.url), 'utf8')
  const sections = [...docs.matchAll(/^## (.+)$/gm)].map(([, name]) => name)
  expect(sections).toEqual(all.map(({ name }) => name))
})

test('every check can be written into the JSON Schema of scenarios', () => {
  for (const kind of all) expect(() => z.toJSONSchema(kind.schema, { io: 'input' }), kind.name).not.toThrow()
})
