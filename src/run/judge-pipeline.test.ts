import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { pipelineChecks } from '../checks/pipeline/index.ts'
import type { CheckKind } from '../core/check.ts'
import { InputError } from '../core/errors.ts'
import type { NewEvent } from '../core/history.ts'
import { syntheticText } from '../core/synthetic-history.ts'
import { syntheticPipelineHeader, syntheticPipelineRun, syntheticPipelineScenario } from '../core/synthetic-pipeline.ts'
import { judgeHistory } from './judge.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shaketable-judge-'))
})
afterEach(() => rm(folder, { recursive: true }))

const scenario = syntheticPipelineScenario({
  expect: [
    { check: 'nothing-lost', config: {}, line: 7 },
    { check: 'duplicates', config: '<= 0', line: 8 },
  ],
})
const objects = Array.from({ length: 5 }, (_, index) => ({
  object: `logs/app/${index}.log`,
  atMs: 1000 + index * 50,
  lines: 10,
}))
const whole = syntheticPipelineRun(objects)
const header = syntheticPipelineHeader([scenario])
const checks: readonly CheckKind[] = pipelineChecks.map((kind: CheckKind) => ({ judges: 'pipeline', ...kind }))

async function judgeText(text: string) {
  const file = join(folder, 'history.ndjson')
  await writeFile(file, text)
  return judgeHistory(file, checks)
}
const judge = (events: readonly NewEvent[]) => judgeText(syntheticText(header, events))

const lastDelivery = whole.findLastIndex(({ kind }) => kind === 'line-delivered')
const oneLess = whole.toSpliced(lastDelivery, 1)
const cutShort = (events: readonly NewEvent[]) => events.filter(({ kind }) => kind !== 'scenario-ended')

test('pass, and again the same', async () => {
  const first = await judge(whole)
  expect(first).toMatchObject({ verdict: 'pass', problems: [] })
  expect(await judge(whole)).toEqual(first)
})

test('one delivery less is a lost line, named with its way', async () => {
  const { verdict, scenarios } = await judge(oneLess)
  expect(verdict).toBe('fail')
  const [lost] = scenarios[0]?.expectations ?? []
  expect(lost?.findings[0]).toMatchObject({
    rule: 'nothing-lost',
    object: expect.stringMatching(/^logs\/app\/\d\.log$/),
  })
})

test('what had not come when it was cut short may have been on its way: nothing is called lost', async () => {
  const { verdict, scenarios } = await judge(cutShort(oneLess))
  expect(verdict).toBe('inconclusive')
  expect(scenarios[0]?.problems).toEqual([expect.stringMatching(/^it was cut short/)])
  const [lost] = scenarios[0]?.expectations ?? []
  expect(lost).toMatchObject({ verdict: 'inconclusive', findings: [] })
  expect(lost?.summary).toMatch(/^it was cut short.*line.* lost/)
  expect((await judge(cutShort(whole))).verdict).toBe('inconclusive')
})

test('a torn one is inconclusive; behind its own end a scenario keeps its failure', async () => {
  const text = syntheticText(header, oneLess)
  expect((await judgeText(text.slice(0, -5))).verdict).toBe('fail')
  const torn = text.slice(0, text.lastIndexOf('"scenario-ended"'))
  const { verdict, problems } = await judgeText(torn)
  expect(verdict).toBe('inconclusive')
  expect(problems.join()).toMatch(/torn|no end marker/)
})

test('one scenario that came to its end keeps its verdict when the next one did not', async () => {
  const other = { ...scenario, name: 'other' }
  const events = [...oneLess, ...cutShort(syntheticPipelineRun(objects, [], { scenario: 'other' }))]
  const { verdict, scenarios } = await judgeText(syntheticText(syntheticPipelineHeader([scenario, other]), events))
  expect(verdict).toBe('fail')
  expect(scenarios.map((one) => one.verdict)).toEqual(['fail', 'inconclusive'])
})

test.each([
  ['a check of meshes', { check: 'policy', config: {} }, /this version knows no check "policy"/],
  ['settings that it does not take', { check: 'duplicates', config: 'few' }, /settings of duplicates are not valid/],
])('%s is refused', async (_what, expectation, message) => {
  const edited = syntheticPipelineHeader([{ ...scenario, expect: [{ ...expectation, line: 7 }] }])
  const judging = judgeText(syntheticText(edited, whole))
  await expect(judging).rejects.toThrow(InputError)
  await expect(judging).rejects.toThrow(message)
})
