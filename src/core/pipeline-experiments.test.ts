import { expect, test } from 'vitest'
import { experimentOf, isAbout, pipelineExperiments } from './pipeline-experiments.ts'

const names = pipelineExperiments.map(({ name }) => name)

test('every experiment has a name of its own', () => {
  expect(new Set(names).size).toBe(names.length)
  expect(names).toHaveLength(75)
})

test.each([
  'event-pusher:kinesis.PutRecords:partial-failure',
  'dispatcher:lambda.Invoke:crash-after',
  'main:s3.GetObject:cut-body',
  'main:sink.Deliver:lost-response',
  'reporter:dynamodb.PutItem:throttled',
  'drain:dynamodb.DeleteItem:crash-before',
  'reporter:timeout',
  'main:duplicate',
])('%s is one', (name) => {
  expect(names).toContain(name)
})

test('keys that count up meet all of them, each as often', () => {
  const met = new Map<string, number>()
  for (let index = 0; index < 150; index++) {
    const { name } = experimentOf(`bucket-7/2026/in 9/part-${String(index).padStart(6, '0')}.log.gz`)
    met.set(name, (met.get(name) ?? 0) + 1)
  }
  expect(met.size).toBe(75)
  expect([...met.values()].every((count) => count === 2)).toBe(true)
})

test('only the key counts, and any key is one', () => {
  expect(experimentOf('a1/k-3')).toBe(experimentOf('b2/k-3'))
  expect(experimentOf('b/no digits')).toBe(experimentOf('b/no digits'))
  expect(experimentOf(`b/${'9'.repeat(400)}`).name).toBeDefined()
})

test('what needs Main to fail first says so', () => {
  for (const { function: role, parks } of pipelineExperiments)
    expect(parks).toBe(role === 'reporter' || role === 'drain')
})

test('the dispatcher of either lane', () => {
  const [experiment] = pipelineExperiments.filter((it) => it.function === 'dispatcher')
  if (experiment === undefined) throw new Error('none')
  const roles = ['dispatcher-fast', 'dispatcher-slow', 'main', 'drain']
  expect(roles.map((role) => isAbout(experiment, role))).toEqual([true, true, false, false])
})
