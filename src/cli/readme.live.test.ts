// What the README shows is run: its scenario, as it stands there, and the commands of its table.

import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { packageRoot } from '../core/package-root.ts'
import { playground } from './test-rig.ts'

const where = playground()
afterAll(() => where[Symbol.dispose]())

const readme = readFileSync(join(packageRoot(), 'README.md'), 'utf8')

test("the README's scenario runs", async () => {
  const [, yaml = ''] = /```yaml\n(.*?)```/s.exec(readme) ?? []
  cpSync(join(packageRoot(), 'fixtures/mesh'), join(where.folder, 'fixtures/mesh'), { recursive: true })
  where.write('scenarios/mesh/a.yaml', yaml)
  const end = await where.shaketable(['run', '--seed', 'readme'])
  // On a busy machine the oracle may not be able to time enough requests.
  expect([0, 2]).toContain(end.code)
  expect(end.stdout).toContain('retries-mask-trivial-errors')
})

test("the README's table names every command, and no other", async () => {
  const { stdout } = await where.shaketable(['--help'])
  const offered = [...stdout.matchAll(/^ {2}([a-z-]+) .*\[options\]/gm)].map(([, name]) => name)
  const told = [...readme.matchAll(/^\| `shaketable ([a-z-]+)/gm)].map(([, name]) => name)
  expect(told.toSorted()).toEqual(offered.toSorted())
})
