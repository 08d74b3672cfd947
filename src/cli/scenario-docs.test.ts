// Holds docs/scenario.schema.json and docs/scenarios.md to what the code knows. After a change of the schema:
// `npx vitest run src/cli/scenario-docs.test.ts -u` writes the schema anew.

import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { packageRoot } from '../core/package-root.ts'
import { scenarioJsonSchemaText } from '../scenario/json-schema.ts'
import { loadScenarios } from '../scenario/load.ts'
import { registry } from './registry.ts'

const root = packageRoot()
const guide = await readFile(join(root, 'docs/scenarios.md'), 'utf8')

test('docs/scenario.schema.json is current', async () => {
  await expect(scenarioJsonSchemaText(registry)).toMatchFileSnapshot(join(root, 'docs/scenario.schema.json'))
})

test("the guide's tables name every fault and check, and no other", () => {
  const namesIn = (heading: string) => {
    const section = guide.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? ''
    return [...section.matchAll(/^\| `([a-z-]+)`\s*\|/gm)].map(([, name]) => name).toSorted()
  }
  expect(namesIn('Faults')).toEqual(registry.faults.map(({ name }) => name).toSorted())
  expect(namesIn('Checks')).toEqual(registry.checks.map(({ name }) => name).toSorted())
})

test("the guide's examples load", async () => {
  const folder = await mkdtemp(join(tmpdir(), 'guide-'))
  try {
    const [, yaml = ''] = /```yaml\n(.*?)```/s.exec(guide) ?? []
    const [, typescript = ''] = /```ts\n(.*?)```/s.exec(guide) ?? []
    await mkdir(join(folder, 'scenarios/mesh'), { recursive: true })
    await mkdir(join(folder, 'fixtures/mesh'), { recursive: true })
    await writeFile(join(folder, 'fixtures/mesh/book.yaml'), 'version: 1\n')
    await writeFile(join(folder, 'scenarios/mesh/a.yaml'), yaml)
    await writeFile(join(folder, 'scenarios/mesh/b.scenario.ts'), typescript.replace('../../src', join(root, 'src')))
    const options = { cwd: folder, clustersOf: async () => ['user-development'], pipelineProblems: async () => [] }
    const names = (await loadScenarios(['scenarios'], registry, options)).map(({ name }) => name)
    expect(names).toEqual(['retries-mask-trivial-errors', 'calm-at-100', 'calm-at-200', 'calm-at-400'])
  } finally {
    await rm(folder, { recursive: true })
  }
})
