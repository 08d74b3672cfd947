// Holds docs/scenario.schema.json and docs/scenarios.md to what the code knows. After a change of the schema:
// `npx vitest run src/cli/scenario-docs.test.ts -u` writes the schema anew.

import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { packageRoot } from '../core/package-root.ts'
import { scenarioJsonSchemaText } from '../scenario/json-schema.ts'
import { loadScenarios } from '../scenario/load.ts'
import { actsIn, judges, type ScenarioSort } from '../scenario/schema-parts.ts'
import { pipelineProblems } from './pipeline-problems.ts'
import { registry } from './registry.ts'

const root = packageRoot()
const guide = await readFile(join(root, 'docs/scenarios.md'), 'utf8')

test('docs/scenario.schema.json is current', async () => {
  await expect(scenarioJsonSchemaText(registry)).toMatchFileSnapshot(join(root, 'docs/scenario.schema.json'))
})

test("the guide's tables name every fault and check, each where it can act or judge, and no other", () => {
  const namesIn = (heading: string, sort: ScenarioSort) => {
    const section = guide.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? ''
    const part = section.split(/^### /m).find((it) => it.split('\n', 1)[0]?.endsWith(`a ${sort}`)) ?? ''
    const table = part.slice(part.search(/^\| (kind|check) /m))
    return [...table.matchAll(/^\| `([a-z-]+)`\s*\|/gm)].map(([, name]) => name).toSorted()
  }
  const sorted = (kinds: readonly { readonly name: string }[]) => kinds.map(({ name }) => name).toSorted()
  for (const sort of ['mesh', 'pipeline'] as const) {
    expect(namesIn('Faults', sort)).toEqual(sorted(registry.faults.filter((kind) => actsIn(kind, sort))))
    expect(namesIn('Checks', sort)).toEqual(sorted(registry.checks.filter((kind) => judges(kind, sort))))
  }
})

test("the guide's examples load", async () => {
  const folder = await mkdtemp(join(tmpdir(), 'guide-'))
  try {
    const [mesh = '', pipeline = ''] = [...guide.matchAll(/```yaml\n(.*?)```/gs)].map(([, yaml]) => yaml)
    const [, typescript = ''] = /```ts\n(.*?)```/s.exec(guide) ?? []
    for (const path of ['scenarios/mesh', 'scenarios/pipeline', 'fixtures/mesh']) {
      await mkdir(join(folder, path), { recursive: true })
    }
    await cp(join(root, 'fixtures/pipeline'), join(folder, 'fixtures/pipeline'), { recursive: true })
    await writeFile(join(folder, 'fixtures/mesh/book.yaml'), 'version: 1\n')
    await writeFile(join(folder, 'scenarios/mesh/a.yaml'), mesh)
    await writeFile(join(folder, 'scenarios/mesh/b.scenario.ts'), typescript.replace('../../src', join(root, 'src')))
    await writeFile(join(folder, 'scenarios/pipeline/c.yaml'), pipeline)
    const options = { cwd: folder, clustersOf: async () => ['user-development'], pipelineProblems }
    const names = (await loadScenarios(['scenarios'], registry, options)).map(({ name }) => name)
    expect(names).toEqual([
      ...['retries-mask-trivial-errors', 'calm-at-100', 'calm-at-200', 'calm-at-400'],
      'what-is-parked-comes-back',
    ])
  } finally {
    await rm(folder, { recursive: true })
  }
})
