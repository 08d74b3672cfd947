// What `npm pack` makes, installed into an empty folder, does what the checkout does, from the bundle. And packing leaves
// the checkout as it was, also when it fails. It packs a copy, so that this test never touches the checkout itself.

import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { monotonicMs } from '../core/clock.ts'
import { packageRoot } from '../core/package-root.ts'
import type { RunReport } from '../core/report-model.ts'
import { eventually, expectNothingLeft, expectOneError, type LaunchOptions, playground } from './test-rig.ts'
import { smallDefinition } from './test-scenario.ts'

const where = playground()
afterAll(() => where[Symbol.dispose]())

const root = packageRoot()
const checkout = join(where.folder, 'checkout')
const manifest = readFileSync(join(root, 'package.json'), 'utf8')
const notPacked = new Set(['node_modules', '.git', 'reports', 'dist'])
/** The user's own Node may be too old for the package. */
const env = { PATH: `${dirname(process.execPath)}:${process.env.PATH}`, npm_config_update_notifier: 'false' }

const sh = (line: string, options: LaunchOptions = {}) =>
  where.launch(['-c', line], { command: ['sh'], env, ...options }).finished
const npx = (line: string) => sh(`cd empty && npx --no -- shaketable ${line}`)
const checkoutIsIntact = () =>
  readFileSync(join(checkout, 'package.json'), 'utf8') === manifest &&
  !readdirSync(checkout).some((name) => name.startsWith('.package.json.before-pack'))

beforeAll(async () => {
  mkdirSync(checkout)
  for (const name of readdirSync(root)) {
    if (!notPacked.has(name)) cpSync(join(root, name), join(checkout, name), { recursive: true })
  }
  symlinkSync(join(root, 'node_modules'), join(checkout, 'node_modules'))
  mkdirSync(join(where.folder, 'empty'))
  const packed = await sh('cd checkout && npm pack --silent --pack-destination ..')
  expect(packed).toMatchObject({ code: 0 })
  const installed = await sh(
    `cd empty && npm install --prefer-offline --no-audit --no-fund --silent ../${packed.stdout.trim()}`,
  )
  expect(installed).toMatchObject({ code: 0, stderr: '' })
})

const inPackage = (path: string) => join(where.folder, 'empty/node_modules/shaketable', path)

test('the package brings no Node, no tools, and of the sources only those that are bundled when a pipeline is deployed', () => {
  const published = JSON.parse(readFileSync(inPackage('package.json'), 'utf8'))
  expect(published).not.toHaveProperty('optionalDependencies')
  expect(published).not.toHaveProperty('devDependencies')
  const { name, version, dependencies, bin } = JSON.parse(manifest)
  expect(published).toMatchObject({ name, version, dependencies, bin, scripts: {} })
  expect(readdirSync(inPackage('src')).toSorted()).toEqual(['core', 'launcher.mjs', 'parsers', 'pipeline'])
  const sources = ['src', 'localstack'].flatMap((folder) =>
    readdirSync(inPackage(folder), { recursive: true, encoding: 'utf8' }),
  )
  expect(sources.filter((name) => /\.test\.|\.sample\.|synthetic|__pycache__/.test(name))).toEqual([])
  expect(existsSync(join(where.folder, 'empty/node_modules/.bin/node'))).toBe(false)
  expect(checkoutIsIntact()).toBe(true)
})

test('version, compile and the way to the packaged scenarios', async () => {
  expect(await npx('--version')).toMatchObject({ code: 0, stdout: `${JSON.parse(manifest).version}\n` })
  where.write('empty/book.json', smallDefinition())
  const compiled = await npx('compile book.json')
  expect(compiled).toMatchObject({ code: 0, stderr: '' })
  expect(JSON.parse(compiled.stdout)).toHaveProperty(['clusters', 'resources', 0, 'name'], 'user-development')
  const lost = await npx('run')
  expectOneError(lost, 3, /no folder scenarios\/ here.*\n.*npx shaketable run \S+$/m)
  const [, packaged = ''] = /npx shaketable run (\S+)$/m.exec(lost.stderr) ?? []
  expect(readdirSync(join(where.folder, 'empty', packaged, 'mesh')).length).toBeGreaterThan(5)
})

test("a scenario in TypeScript imports the package's types", async () => {
  const scenario = { name: 'typed', about: 'x', mesh: { definition: './book.json' }, duration: '1s', expect: [{}] }
  const text = `import { defineScenario, type ScenarioInput } from 'shaketable'
const input: ScenarioInput = ${JSON.stringify(scenario)}
export default defineScenario(input)
`
  where.write('empty/book.json', smallDefinition())
  where.write('empty/mine.scenario.ts', text)
  expectOneError(await npx('run mine.scenario.ts'), 3, /expect\/0/)
  expect(readFileSync(inPackage('dist/scenario-input.d.ts'), 'utf8')).toContain('defineScenario')
})

test('a packaged scenario runs from the bundle', async () => {
  const scenario = inPackage('scenarios/mesh/get-is-retried-post-is-not.yaml')
  const end = await npx(`run ${scenario} -o json`)
  // On a busy machine the oracle may not be able to time enough requests.
  expect([0, 2]).toContain(end.code)
  const report = JSON.parse(end.stdout) as RunReport
  expect(report.scenarios.map(({ name }) => name)).toEqual([basename(scenario, '.yaml')])
  expect(report.scenarios[0]?.requests.sent).toBeGreaterThan(100)
  expect(existsSync(join(where.folder, 'empty/reports/latest/index.html'))).toBe(true)
  await expectNothingLeft(where, monotonicMs(), [])
})

test('a packaged pipeline scenario runs: emulator, functions and handler come from the package', async () => {
  const scenario = inPackage('scenarios/pipeline/routes.yaml')
  const end = await npx(`run ${scenario} -o json`)
  expect(end.code, end.stderr).toBe(0)
  const report = JSON.parse(end.stdout) as RunReport
  expect(report.scenarios.map(({ name, verdict }) => [name, verdict])).toEqual([['routes', 'pass']])
  await expectNothingLeft(where, monotonicMs(), [])
})

test("the handler of docs/pipeline.md has its types from the package, and runs on a file with the config's settings", async () => {
  const guide = readFileSync(inPackage('docs/pipeline.md'), 'utf8')
  const [, config = ''] = /```yaml\n(.*?)```/s.exec(guide) ?? []
  const [, handler = ''] = /```ts\n(.*?)```/s.exec(guide) ?? []
  expect(handler).toContain("from 'shaketable/handler'")
  where.write('empty/config.yml', config)
  where.write('empty/handler.ts', handler)
  where.write('empty/users.log', '{"user":"ada"}\n{"user":"bo"}\n{"user":\n')
  const flags = '--noEmit --strict --module nodenext --target es2024 --ignoreConfig'
  const typed = await sh(`cd empty && ${join(root, 'node_modules/.bin/tsc')} ${flags} handler.ts`)
  expect(typed).toMatchObject({ code: 0, stdout: '' })
  const end = await npx('pipeline local users.log --format s3-lines,json --set SINK_URL=http://127.0.0.1:1')
  expect(end).toMatchObject({ code: 1, stderr: '' })
  expect(end.stdout).toContain('3 lines: 2 handed over as 2 records, 1 cannot be read')
  expect(end.stdout).toContain('result: {"users":2}')
})

test('a pack that fails, or is killed, leaves the checkout as it was', async () => {
  where.write('no-folder', 'a file in the way')
  expect((await sh('cd checkout && npm pack --silent --pack-destination ../no-folder')).code).not.toBe(0)
  expect(await eventually(checkoutIsIntact, 2_000)).toBe(true)

  const running = where.launch(['-c', 'cd checkout && exec npm pack --silent'], { command: ['sh'], env, group: true })
  expect(await eventually(() => !checkoutIsIntact(), 30_000)).toBe(true)
  process.kill(-(running.child.pid ?? 0), 'SIGKILL')
  expect(await eventually(checkoutIsIntact, 2_000)).toBe(true)
  await running.finished
  await expectNothingLeft(where, monotonicMs(), [])
})
