import { expect, test } from 'vitest'
import type { NewEvent } from './history.ts'
import { pipelineFaultsFired } from './pipeline-faults-fired.ts'
import { numbered, syntheticFault } from './synthetic-history.ts'
import { type SyntheticJourney, syntheticPipelineRun } from './synthetic-pipeline.ts'

const fault = syntheticFault({ name: 'shaky', kind: 'abort', target: 'kinesis.PutRecords' })
const problems = (journeys: readonly SyntheticJourney[], others: readonly NewEvent[] = [], name = 'shaky') => {
  const fold = pipelineFaultsFired({ faults: [{ ...fault, name }] })
  for (const event of numbered(syntheticPipelineRun(journeys, others))) fold.observe(event)
  return fold.problems()
}
const change = (kind: 'fault-injected' | 'fault-healed', atMs: number): NewEvent => {
  return { kind, src: 'runner', scenario: 'synthetic', atMs, fault: 'shaky', target: 'emulator', detail: '' }
}

test('a call or an invocation that bears its name, with or without an experiment', () => {
  expect(problems([{ object: 'logs/a', atMs: 0, fate: 'refused', fault: 'shaky' }])).toEqual([])
  expect(problems([{ object: 'logs/a', atMs: 0, fate: 'retried', fault: 'shaky:main dies' }])).toEqual([])
})

test('another fault whose name only begins alike is not it', () => {
  expect(problems([{ object: 'logs/a', atMs: 0, fate: 'retried', fault: 'shaky-too' }])).toEqual([
    'fault "shaky" never fired: no call and no invocation met it, and it was never injected',
  ])
})

test('an injection with a call under way', () => {
  const journeys = [{ object: 'logs/a', atMs: 50 }]
  expect(problems(journeys, [change('fault-injected', 140), change('fault-healed', 400)])).toEqual([])
  expect(problems(journeys, [change('fault-injected', 400), change('fault-healed', 500)])).toEqual([
    'fault "shaky" hit nothing: no call and no put was under way while it lasted',
  ])
})

test('without faults there is no problem', () => {
  expect(pipelineFaultsFired({ faults: [] }).problems()).toEqual([])
})
