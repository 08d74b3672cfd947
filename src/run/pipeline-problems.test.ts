import { expect, test } from 'vitest'
import type { NewEvent } from '../core/history.ts'
import { numbered, syntheticFault } from '../core/synthetic-history.ts'
import { syntheticPipelineRun, syntheticPipelineScenario } from '../core/synthetic-pipeline.ts'
import { pipelineProblems } from './pipeline-problems.ts'

const journeys = [{ object: 'logs/1', atMs: 1000, lines: 2 }] as const
const whole = syntheticPipelineRun([...journeys])
const exited = (expected: boolean): NewEvent => {
  const end = { pid: 1, code: null, signal: 'SIGKILL', expected }
  return { kind: 'process-exited', src: 'runner', scenario: '', atMs: 1, process: 'localstack', ...end }
}

function judged(events: readonly NewEvent[], scenario = syntheticPipelineScenario()) {
  const fold = pipelineProblems(scenario)
  for (const event of numbered(events)) fold.observe(event)
  return { problems: fold.problems(), isCutShort: fold.isCutShort?.() }
}

test('a whole scenario has none', () => {
  expect(judged(whole)).toEqual({ problems: [], isCutShort: false })
})

test('nothing was put: the only reason that is told', () => {
  const fault = syntheticFault({ name: 'f', target: 'main' })
  expect(judged([], syntheticPipelineScenario({ faults: [fault] })).problems).toEqual(['no object was put'])
})

test('objects that S3 did not take', () => {
  const refused = whole.map((event) => (event.kind === 'object-put' ? { ...event, error: 'SlowDown' } : event))
  expect(judged(refused).problems).toEqual(['S3 did not take 1 of 1 objects'])
})

test('a process that ended unasked, and one that was asked to', () => {
  expect(judged([...whole, exited(false)]).problems).toEqual(['localstack ended unasked'])
  expect(judged([...whole, exited(true)]).problems).toEqual([])
})

test('a fault that never fired', () => {
  const fault = syntheticFault({ name: 'f', kind: 'crash', target: 'main' })
  expect(judged(whole, syntheticPipelineScenario({ faults: [fault] })).problems).toEqual([
    expect.stringMatching(/^fault "f" never fired/),
  ])
})

test('one that was cut short', () => {
  const cut = whole.filter(({ kind }) => kind !== 'scenario-ended')
  expect(judged(cut)).toEqual({ problems: [expect.stringMatching(/^it was cut short: /)], isCutShort: true })
})
