// What the README shows is run: its scenarios, as they stand there, and the commands of its table.

import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { packageRoot } from '../core/package-root.ts'
import type { RunReport } from '../core/report-model.ts'
import { playground } from './test-rig.ts'

const where = playground()
afterAll(() => where[Symbol.dispose]())

const readme = readFileSync(join(packageRoot(), 'README.md'), 'utf8')

const [mesh = '', pipeline = ''] = [...readme.matchAll(/```yaml\n(.*?)```/gs)].map(([, yaml = '']) => yaml)

test("the README's scenarios run, both in one run", async () => {
  for (const folder of ['fixtures/mesh', 'fixtures/pipeline']) {
    cpSync(join(packageRoot(), folder), join(where.folder, folder), { recursive: true })
  }
  where.write('scenarios/mesh/a.yaml', mesh)
  where.write('scenarios/pipeline/b.yaml', pipeline)
  const end = await where.shaketable(['run', '--seed', 'readme', '-o', 'json'])
  const report = JSON.parse(end.stdout) as RunReport
  const verdicts = new Map(report.scenarios.map(({ name, verdict }) => [name, verdict]))
  expect([...verdicts.keys()]).toEqual(['retries-mask-trivial-errors', 'throttled-put-records'])
  // On a busy machine the oracle may not be able to time enough requests.
  expect(['pass', 'inconclusive']).toContain(verdicts.get('retries-mask-trivial-errors'))
  expect(verdicts.get('throttled-put-records')).toBe('pass')
  expect([0, 2]).toContain(end.code)
})

test("the README's pipeline scenario is the one that is shipped", () => {
  const shipped = readFileSync(join(packageRoot(), 'scenarios/pipeline/throttled-put-records.yaml'), 'utf8')
  expect(parse(shipped)).toMatchObject(parse(pipeline))
})

test("the README's table names every command, and no other", async () => {
  const commandsOf = async (...command: readonly string[]) => {
    const { stdout } = await where.shaketable([...command, '--help'])
    return [...stdout.matchAll(/^ {2}([a-z]+)(?: \[options\]| {2})/gm)].map(([, name]) => name).toSorted()
  }
  const told = (pattern: RegExp) => [...new Set([...readme.matchAll(pattern)].map(([, name]) => name))].toSorted()
  expect(told(/^\| `shaketable ([a-z]+)/gm)).toEqual(await commandsOf())
  expect(told(/^\| `shaketable pipeline ([a-z]+)/gm)).toEqual(await commandsOf('pipeline'))
})
