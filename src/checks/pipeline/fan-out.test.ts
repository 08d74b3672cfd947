import { expect, test } from 'vitest'
import type { NewEvent } from '../../core/history.ts'
import { syntheticPipelineRun } from '../../core/synthetic-pipeline.ts'
import { fanOut } from './fan-out.ts'
import { muchLater, runPipelineCheck } from './run-pipeline-check.ts'

const journeys = ['logs/a', 'logs/b', 'logs/c'].map((object, index) => ({ object, atMs: index * 40 }))
const reached = ['logs/a', 'logs/b', 'logs/c', 'logs/c'].map((object, index): NewEvent => {
  return {
    kind: 'object-fanned-out',
    src: 'lanes',
    scenario: 'synthetic',
    atMs: 200 + index,
    object,
    consumer: 'audit',
  }
})
const check = (events: readonly NewEvent[], config = {}) =>
  runPipelineCheck(fanOut, config, syntheticPipelineRun(journeys, events))

test('every object, some of them twice', () => {
  expect(check([...reached, muchLater()])).toMatchObject({
    verdict: 'pass',
    looked: 3,
    summary: '3 of 3 objects reached the second consumer, 1 of them more than once',
  })
})

test('a good history is caught when one is missing', () => {
  expect(check([...reached.slice(1), muchLater()])).toMatchObject({
    verdict: 'fail',
    findings: [{ rule: 'fan-out', object: 'logs/a' }],
  })
  expect(check([...reached, muchLater()], { consumer: 'another' }).findings).toHaveLength(3)
})

test('put too late to tell, or nothing put', () => {
  expect(check(reached.slice(1))).toMatchObject({ verdict: 'inconclusive', looked: 2, skipped: 1 })
  expect(runPipelineCheck(fanOut, {}, syntheticPipelineRun([])).verdict).toBe('inconclusive')
})
