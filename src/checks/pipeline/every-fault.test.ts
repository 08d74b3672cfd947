import { expect, test } from 'vitest'
import { pipelineExperiments } from '../../core/pipeline-experiments.ts'
import { syntheticFault } from '../../core/synthetic-history.ts'
import { syntheticPipelineRun, syntheticPipelineScenario } from '../../core/synthetic-pipeline.ts'
import { everyFault } from './every-fault.ts'
import { runPipelineCheck } from './run-pipeline-check.ts'

const scenario = syntheticPipelineScenario({ faults: [syntheticFault({ name: 'all', kind: 'every', target: '*' })] })
const runOf = (names: readonly string[], fault = 'all') =>
  syntheticPipelineRun(
    names.map((name, index) => {
      return { object: `logs/${index}`, atMs: index * 400, fate: 'retried', fault: `${fault}:${name}` } as const
    }),
  )
const names = pipelineExperiments.map(({ name }) => name)
const check = (events: ReturnType<typeof runOf>, config = {}) =>
  runPipelineCheck(everyFault, config, events, { scenario })

test('every experiment was met', () => {
  expect(check(runOf(names))).toMatchObject({ verdict: 'pass', looked: names.length })
})

test('a good history is caught when one was met by no object', () => {
  const { verdict, summary, skipped } = check(runOf(names.slice(1)))
  expect({ verdict, skipped }).toEqual({ verdict: 'inconclusive', skipped: 1 })
  expect(summary).toBe(`${names.length - 1} of ${names.length} experiments were met; no object met ${names[0]}`)
})

test('experiments of another fault do not count, and nothing is nothing', () => {
  expect(check(runOf(names, 'other'))).toMatchObject({ verdict: 'inconclusive', looked: 0 })
  expect(check(runOf(names), { fault: 'other' })).toMatchObject({ verdict: 'inconclusive', looked: 0 })
  expect(check([])).toMatchObject({ verdict: 'inconclusive', looked: 0 })
})
