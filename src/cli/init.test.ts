// `shaketable init` as a command: what it writes, leaves alone and says. Whether what it wrote passes on the real Envoy is
// init.live.test.ts; here the planner must accept all of it.

import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { parse } from 'yaml'
import { packageRoot } from '../core/package-root.ts'
import { loadScenarios } from '../scenario/load.ts'
import { openDefinitions } from './definitions.ts'
import { pipelineProblems } from './pipeline-problems.ts'
import { registry } from './registry.ts'
import { expectOneError, type Playground, playground } from './test-rig.ts'
import { plainRoute, smallDefinition } from './test-scenario.ts'

/** Some start the command twice, on a machine that may be busy. */
vi.setConfig({ testTimeout: 30_000 })

let where: Playground
beforeEach(() => {
  where = playground()
})
afterEach(() => where[Symbol.dispose]())

const textOf = (file: string) => readFileSync(join(where.folder, file), 'utf8')

/** What `run` does before anything starts. */
async function planned(): Promise<readonly string[]> {
  const definitions = openDefinitions(where.folder, () => {})
  const clustersOf = definitions.clustersOf
  const records = await loadScenarios(['scenarios'], registry, { cwd: where.folder, clustersOf, pipelineProblems })
  return records.map(({ name }) => name)
}

test('a definition: a scenario for each upstream that the planner accepts, the schema beside them, a workflow', async () => {
  cpSync(join(packageRoot(), 'fixtures/mesh/book.yaml'), join(where.folder, 'mesh/book.yaml'))
  const end = await where.shaketable(['init', 'mesh/book.yaml'])
  expect(end).toMatchObject({ code: 0, stderr: '' })
  expect(end.stdout).toBe(
    [
      'mesh/book.yaml (service definition, node book)',
      '  wrote scenarios/book-user-development.yaml: requests to user-development',
      '  wrote scenarios/book-ab-testing-development.yaml: requests to ab-testing-development',
      'wrote .github/workflows/shaketable.yml',
      '',
      'next: npx shaketable run scenarios',
      '',
    ].join('\n'),
  )
  expect(await planned()).toEqual(['book-ab-testing-development', 'book-user-development'])
  for (const name of ['book-user-development', 'book-ab-testing-development']) {
    const golden = join(packageRoot(), `fixtures/init/${name}.golden.yaml`)
    await expect(textOf(`scenarios/${name}.yaml`)).toMatchFileSnapshot(golden)
  }
  const [, schema = ''] = /\$schema=(\S+)/.exec(textOf('scenarios/book-user-development.yaml')) ?? []
  expect(JSON.parse(textOf(join('scenarios', schema)))).toMatchObject({ title: 'Shaketable scenario' })
})

test('all definitions of the fixtures at once, found in this folder', async () => {
  cpSync(join(packageRoot(), 'fixtures/mesh'), join(where.folder, 'mesh'), {
    recursive: true,
    // Jsonnet takes a tool that is fetched first.
    filter: (source) => !source.endsWith('.jsonnet') && !source.endsWith('golden'),
  })
  const end = await where.shaketable(['init', '--no-ci'])
  expect(end.code).toBe(0)
  expect(end.stdout).toMatch(/left out 日本: the route at everything\.yaml:\d+ takes no request/)
  expect((await planned()).length).toBeGreaterThan(8)
  expect(existsSync(join(where.folder, '.github'))).toBe(false)
})

test('what is there stays as it is, until --force', async () => {
  where.write('book.json', smallDefinition())
  const mine = where.write('scenarios/book-user-development.yaml', '# mine\n')
  where.write('.github/workflows/shaketable.yml', '# mine as well\n')
  const kept = await where.shaketable(['init'])
  expect(kept).toMatchObject({ code: 0, stderr: '' })
  expect(kept.stdout).toMatch(/kept scenarios\/book-user-development\.yaml: it exists; --force overwrites it/)
  expect(kept.stdout).toMatch(/kept \.github\/workflows\/shaketable\.yml: it exists/)
  expect(readFileSync(mine, 'utf8')).toBe('# mine\n')
  expect((await where.shaketable(['init', '--force'])).stdout).toMatch(/wrote scenarios\/book-user-development\.yaml/)
  expect(parse(readFileSync(mine, 'utf8'))).toMatchObject({ name: 'book-user-development' })
  expect(parse(textOf('.github/workflows/shaketable.yml'))).toMatchObject({ name: 'shaketable' })
})

test('an installed package gives the schema; the workflow stands at the root of the repository', async () => {
  const lock = { packages: { 'node_modules/shaketable': {} } }
  where.write('mesh/package-lock.json', lock)
  where.write('mesh/node_modules/shaketable/docs/scenario.schema.json', {})
  where.write('mesh/book.json', smallDefinition(plainRoute))
  where.write('.git/HEAD', '')
  const command = [process.execPath, join(packageRoot(), 'src/launcher.mjs')]
  const inFolder = ['-c', `cd mesh && "$0" "$@"`, ...command, 'init', '--dir', 'shakes/first']
  const end = await where.launch(inFolder, { command: ['sh'] }).finished
  expect(end).toMatchObject({ code: 0, stderr: '' })
  expect(end.stdout).toMatch(
    /wrote \.\.\/\.github\/workflows\/shaketable\.yml\n\nnext: npx shaketable run shakes\/first\n$/,
  )
  const text = textOf('mesh/shakes/first/book-user-development.yaml')
  expect(text).toMatch(
    /^# yaml-language-server: \$schema=\.\.\/\.\.\/node_modules\/shaketable\/docs\/scenario\.schema\.json\n/,
  )
  expect(readdirSync(join(where.folder, 'mesh/shakes/first'))).toEqual(['book-user-development.yaml'])
  const workflow = parse(textOf('.github/workflows/shaketable.yml'))
  expect(workflow.jobs.shake.defaults).toEqual({ run: { 'working-directory': 'mesh' } })
  expect(workflow.jobs.shake.steps.map((step: { run?: string }) => step.run)).toContain('npm ci')
})

test('one that cannot be read keeps nobody from the others', async () => {
  where.write('good.json', smallDefinition())
  where.write('half.json', { version: 1, dependencies: [{ name: 'x' }] })
  const end = await where.shaketable(['init', '--no-ci'])
  expect(end.code).toBe(0)
  expect(end.stdout).toMatch(/^left out half\.json \(service definition, node half\): (.*\n) +.*cluster_name/m)
  expect(end.stdout).toMatch(/wrote scenarios\/good-user-development\.yaml/)
})

test.for([
  ['an empty folder', [], /this folder: expected a service definition, .*found none/],
  ['no such file', ['envoy.yaml'], /envoy\.yaml: expected .*found nothing there; check the path/],
  ['half a definition', ['half.txt.json'], /half\.txt\.json:\d+:\d+ .*cluster_name/],
  ['a stub that is none', ['--stub', 'ext_authz'], /--stub.*Expected a filter and what to do/],
] as const)('%s: one error, exit 3', async ([, args, message]) => {
  if (args[0]?.startsWith('half')) where.write('half.txt.json', { version: 1, dependencies: [{ name: 'x' }] })
  expectOneError(await where.shaketable(['init', ...args]), 3, message)
})
