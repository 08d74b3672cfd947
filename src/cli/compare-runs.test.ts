import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { InputError } from '../core/errors.ts'
import { renderJson } from '../report/json.ts'
import { sampleReport } from '../report/sample-report.ts'
import { compared, earlierRun, earlierRunOf } from './compare-runs.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'compare-runs-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

const { comparison: _, ...plain } = sampleReport()

function run(name: string, text = renderJson(plain)): string {
  const folder = join(dir, name)
  mkdirSync(folder)
  writeFileSync(join(folder, 'report.json'), text)
  return folder
}

test('the run before is where latest points to', async () => {
  run('one')
  expect(await earlierRun(dir, undefined)).toBeUndefined()
  symlinkSync('one', join(dir, 'latest'))
  const earlier = await earlierRun(dir, undefined)
  const report = await compared(plain, run('two'), earlier)
  expect(report.comparison).toMatchObject({ run: 'one', path: '../one', seed: plain.seed })
})

test('a run is not compared with itself, nor with anything when nobody wants it', async () => {
  const folder = run('one')
  symlinkSync('one', join(dir, 'latest'))
  expect((await compared(plain, folder, await earlierRun(dir, undefined))).comparison).toBeUndefined()
  expect(await earlierRun(dir, 'none')).toBeUndefined()
})

test('what was named must be there; what was not may be torn', async () => {
  run('torn', '{')
  symlinkSync('torn', join(dir, 'latest'))
  expect(await earlierRun(dir, undefined)).toBeUndefined()
  await expect(earlierRun(dir, join(dir, 'torn'))).rejects.toThrow(InputError)
  await expect(earlierRun(dir, join(dir, 'nowhere'))).rejects.toThrow(/--compare .*nowhere: expected a run folder/)
})

test('judged again, a run is compared with the same one, or with none when that has gone', async () => {
  const one = run('one')
  const two = run('two')
  const first = await compared(plain, two, await earlierRun(dir, one))
  writeFileSync(join(two, 'report.json'), renderJson(first))
  const again = await compared(plain, two, await earlierRunOf(two))
  expect(renderJson(again)).toBe(renderJson(first))
  rmSync(one, { recursive: true })
  const without = await compared(plain, two, await earlierRunOf(two))
  expect(without.comparison).toBeUndefined()
  expect(without.verdict).toBe(first.verdict)
})
