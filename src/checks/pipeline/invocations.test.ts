import { expect, test } from 'vitest'
import { type SyntheticJourney, syntheticPipelineRun } from '../../core/synthetic-pipeline.ts'
import { invocations } from './invocations.ts'
import { runPipelineCheck } from './run-pipeline-check.ts'

const good = Array.from({ length: 10 }, (_, index): SyntheticJourney => ({ object: `logs/${index}`, atMs: index * 40 }))
const stormy: SyntheticJourney[] = [0, 1, 2].map((index) => {
  return { object: `logs/x${index}`, atMs: 500 + index * 40, fate: 'parked' }
})
const check = (config: object, journeys: readonly SyntheticJourney[]) =>
  runPipelineCheck(invocations, config, syntheticPipelineRun(journeys))

test('once an object', () => {
  expect(check({ main: '<= 1', dispatcher: '<= 1', 'event-pusher': '== 1' }, good)).toMatchObject({
    verdict: 'pass',
    looked: 30,
    figures: { mainPerObject: 1 },
  })
})

test('Main that runs again and again is told by object', () => {
  const { verdict, findings } = check({ main: '<= 1.4' }, [...good, ...stormy])
  expect(verdict).toBe('fail')
  expect(findings.map(({ message }) => message)).toEqual([
    'main was invoked 19 times for 13 objects',
    'main was invoked 3 times for logs/x0',
    'main was invoked 3 times for logs/x1',
    'main was invoked 3 times for logs/x2',
  ])
  expect(check({ main: '<= 1.5' }, [...good, ...stormy]).verdict).toBe('pass')
})

test('a good history is caught when each of its batches comes twice', () => {
  const run = syntheticPipelineRun(good).flatMap((event) =>
    event.kind === 'function-invoked' && event.function.startsWith('dispatcher') ? [event, event] : [event],
  )
  expect(runPipelineCheck(invocations, { dispatcher: '<= 1.5' }, run).verdict).toBe('fail')
})

test('of nothing it is inconclusive', () => {
  expect(check({ main: '<= 1' }, []).verdict).toBe('inconclusive')
  expect(check({ reporter: '<= 1' }, good).verdict).toBe('inconclusive')
  expect(invocations.schema.safeParse({}).success).toBe(false)
})
