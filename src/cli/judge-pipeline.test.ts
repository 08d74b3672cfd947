// A pipeline's history judged again, in this very process and on events made up in memory: the same report to the last byte,
// and another verdict as soon as the history says something else. What a real run records is pipeline-judge.live.test.ts.

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { syntheticText } from '../core/synthetic-history.ts'
import { syntheticPipelineHeader, syntheticPipelineRun, syntheticPipelineScenario } from '../core/synthetic-pipeline.ts'
import { judgeRun, writeReports } from './finish-run.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shaketable-judge-'))
})
afterEach(() => rm(folder, { recursive: true }))

const scenario = syntheticPipelineScenario({
  expect: [
    { check: 'nothing-lost', config: {}, line: 7 },
    { check: 'duplicates', config: '<= 0', line: 8 },
    { check: 'routing', config: {}, line: 9 },
    { check: 'freshness', config: { fast: '<= 3s' }, line: 10 },
  ],
})
const objects = Array.from({ length: 8 }, (_, index) => {
  return { object: `logs/app/${index}.log`, atMs: 1000 + index * 50, lines: 10 }
})
const whole = syntheticText(syntheticPipelineHeader([scenario]), syntheticPipelineRun(objects))

/** Judges this text as the command does, and gives the reports by their names. */
async function judged(name: string, text: string) {
  const run = join(folder, name)
  await mkdir(run, { recursive: true })
  await writeFile(join(run, 'history.ndjson'), text)
  const report = await judgeRun(run)
  await writeReports(run, report)
  const names = (await readdir(run)).filter((file) => file !== 'history.ndjson')
  const files = await Promise.all(names.map(async (file) => [file, await readFile(join(run, file), 'utf8')] as const))
  return { report, files: Object.fromEntries(files) }
}

test('the same report again, to the last byte', async () => {
  const first = await judged('first', whole)
  expect(first.report).toMatchObject({ verdict: 'pass', exitCode: 0, environment: { localstack: '4.8.1' } })
  expect(Object.keys(first.files).toSorted()).toEqual([
    ...['config.patch', 'index.html', 'junit.xml', 'metrics.prom', 'report.json', 'summary.md'],
  ])
  const again = await judged('again', whole)
  expect(again.files).toEqual(first.files)
  // What it holds is all there is: read back, it is the report.
  expect(JSON.parse(again.files['report.json'] ?? '')).toEqual(JSON.parse(JSON.stringify(first.report)))
})

test('one delivery less: fail, and the line by its name in every form', async () => {
  const lines = whole.split('\n')
  const at = lines.findLastIndex((line) => line.includes('"kind":"line-delivered"'))
  const { object } = JSON.parse(lines[at] ?? '') as { readonly object: string }
  const { report, files } = await judged('edited', lines.toSpliced(at, 1).join('\n'))
  expect(report).toMatchObject({ verdict: 'fail', exitCode: 1 })
  for (const file of ['report.json', 'junit.xml', 'summary.md', 'index.html']) expect(files[file]).toContain(object)
})

test('the end cut off: inconclusive, and no line is called lost', async () => {
  const lines = whole.split('\n')
  const at = lines.findIndex((line) => line.includes('"kind":"line-delivered"'))
  const { report } = await judged('cut', `${lines.slice(0, at).join('\n')}\n${(lines[at] ?? '').slice(0, 40)}`)
  expect(report).toMatchObject({ verdict: 'inconclusive', exitCode: 2 })
  expect(report.problems.join()).toMatch(/torn/)
  expect(report.scenarios.flatMap(({ expectations }) => expectations.flatMap(({ findings }) => findings))).toEqual([])
})
