// `judge` on what a real run of a pipeline recorded: the same verdict again without report.json, another one as soon as the
// history says something else, and one clear error for what is no history of ours.

import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { HistoryHeader } from '../core/history.ts'
import type { RunReport } from '../core/report-model.ts'
import { putSmallPipeline, smallObjects, smallPipelineScenario } from './test-pipeline-scenario.ts'
import { expectOneError, type Finished, leftovers, nothing, playground } from './test-rig.ts'

const where = playground()
afterAll(() => where[Symbol.dispose]())

let recorded: Finished
beforeAll(async () => {
  const scenario = smallPipelineScenario({
    objects: [smallObjects(), smallObjects({ prefix: 'slow/', poisonRatio: 0.5 })],
    operations: [{ when: 'settled', drain: {} }],
    expect: [{ 'nothing-lost': {} }, { duplicates: '<= 0' }, { 'error-table': {} }, { routing: {} }],
  })
  recorded = await where.shaketable(['run', putSmallPipeline(where, { scenario })])
})

/** A copy of the run folder in which the history's lines were changed and nothing but the history is left. */
function copy(name: string, change: (lines: readonly string[]) => readonly string[] = (lines) => lines): string {
  const folder = join(where.folder, name)
  cpSync(join(where.folder, 'reports/latest/'), folder, { recursive: true, dereference: true })
  for (const file of readdirSync(folder)) if (file !== 'history.ndjson') rmSync(join(folder, file))
  const history = join(folder, 'history.ndjson')
  writeFileSync(history, change(readFileSync(history, 'utf8').split('\n')).join('\n'))
  return name
}

const without = (lines: readonly string[], kind: string) => {
  const at = lines.findLastIndex((line) => line.includes(`"kind":"${kind}"`))
  return { line: lines[at] ?? '', lines: lines.toSpliced(at, 1) }
}

test('without its reports a run is judged the same, and they are written anew', async () => {
  expect(recorded).toMatchObject({ code: 0, stdout: expect.stringContaining('✓ passed') })
  const folder = copy('again')
  expect(await where.shaketable(['judge', folder])).toMatchObject({ code: 0, stderr: '' })
  for (const file of ['report.json', 'junit.xml', 'summary.md', 'metrics.prom', 'config.patch']) {
    const original = readFileSync(join(where.folder, 'reports/latest', file), 'utf8')
    expect(readFileSync(join(where.folder, folder, file), 'utf8'), file).toBe(original)
  }
})

test('one delivery removed: exit 1, and the line by its name', async () => {
  let removed = { object: '', line: 0, last: 0 }
  const folder = copy('one-less', (lines) => {
    const one = without(lines, 'line-delivered')
    removed = JSON.parse(one.line) as typeof removed
    return one.lines
  })
  const end = await where.shaketable(['judge', folder, '-o', 'json'])
  expect(end.code).toBe(1)
  const { scenarios } = JSON.parse(end.stdout) as RunReport
  const [finding] = scenarios.flatMap(({ expectations }) => expectations.flatMap(({ findings }) => findings))
  expect(finding).toMatchObject({ rule: 'nothing-lost', object: removed.object, line: removed.line })
  expect(finding?.timeline?.length).toBeGreaterThan(3)
  expect((await where.shaketable(['judge', folder])).stdout).toContain(removed.object)
})

test.for([
  [
    'the last line is torn',
    (lines: readonly string[]) => [...lines.slice(0, -2), (lines.at(-2) ?? '').slice(0, 40)],
    /is torn/,
  ],
  ['the last line is missing', (lines: readonly string[]) => [...lines.slice(0, -2), ''], /no end marker/],
  [
    'the second half is missing',
    (lines: readonly string[]) => lines.slice(0, lines.length / 2),
    /cut short|no object was put/,
  ],
] as const)('%s: inconclusive', async ([what, change, problem]) => {
  const end = await where.shaketable(['judge', copy(what.replaceAll(' ', '-'), change)])
  expect(end).toMatchObject({ code: 2, stderr: '' })
  expect(end.stdout).toMatch(problem)
})

const inHeader = (change: (header: HistoryHeader) => unknown) => (lines: readonly string[]) =>
  lines.with(0, JSON.stringify(change(JSON.parse(lines[0] ?? '') as HistoryHeader)))
const expecting = (expectation: object) =>
  inHeader((header) => ({ ...header, scenarios: header.scenarios.map((one) => ({ ...one, expect: [expectation] })) }))

test.for([
  ['damage in the middle', (lines: readonly string[]) => lines.with(4, '{"atMs":'), /history\.ndjson:5: /],
  ['a newer format', inHeader((header) => ({ ...header, format: 99 })), /history\.ndjson:1.*format 99/],
  ["a mesh's check", expecting({ check: 'policy', config: {} }), /policy cannot judge a pipeline scenario/],
  [
    'a check that is none',
    expecting({ check: 'nothing-lst', config: {} }),
    /knows no check "nothing-lst"\n.*did you mean "nothing-lost"/,
  ],
  ['settings that are none', expecting({ check: 'duplicates', config: 'few' }), /settings of duplicates are not valid/],
  [
    'an event without what it must have',
    (lines: readonly string[]) => lines.map((line) => line.replace('"kind":"object-put"', '"kind":"object-puts"')),
    /history\.ndjson:\d+: .*object-puts/,
  ],
] as const)('%s: one error with its place, and nothing is written', async ([what, change, message]) => {
  const folder = copy(what.replaceAll(/\W+/g, '-'), change)
  expectOneError(await where.shaketable(['judge', folder]), 3, message)
  expect(readdirSync(join(where.folder, folder))).toEqual(['history.ndjson'])
})

test('after all of these nothing is left', () => {
  expect(leftovers(where)).toEqual(nothing)
})
