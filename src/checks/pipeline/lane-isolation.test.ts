import { expect, test } from 'vitest'
import type { NewEvent } from '../../core/history.ts'
import { syntheticPipelineRun } from '../../core/synthetic-pipeline.ts'
import { laneIsolation } from './lane-isolation.ts'
import { runPipelineCheck } from './run-pipeline-check.ts'
import { syntheticBatches } from './synthetic-batches.ts'

// 20 records wait in lane slow from 1 s to 3 s, while lane fast carries an object every 100 ms.
const records = Array.from({ length: 20 }, (_, index) => [`slow/${index}`, 1000 + index] as const)
const slow = syntheticBatches(
  records,
  records.map(([object], index) => ({ atMs: 3000 + index, objects: [object], tookMs: 0.5 })),
)
const fast = syntheticPipelineRun(
  Array.from({ length: 40 }, (_, index) => ({ object: `logs/${index}`, atMs: index * 100, lines: 2 })),
)
const run = [...fast, ...slow.filter(({ kind }) => kind !== 'scenario-started')]
const check = (config: object, events: readonly NewEvent[] = run) =>
  runPipelineCheck(laneIsolation, { lane: 'fast', freshness: '<= 100ms', ...config }, events)
const lateBy = (byMs: number) =>
  run.map((event) => (event.kind === 'line-delivered' ? { ...event, atMs: event.atMs + byMs } : event))

test('fast stays fresh while slow is saturated', () => {
  const { verdict, looked, summary } = check({})
  expect({ verdict, looked }).toEqual({ verdict: 'pass', looked: 20 })
  expect(summary).toBe(
    'for 2.00 s lane slow held at least 10 waiting records; 20 objects of lane fast put meanwhile: p99 37 ms, expected <= 100ms',
  )
})

test('a good history is caught when deliveries of that time come late', () => {
  const { verdict, findings } = check({}, lateBy(900))
  expect(verdict).toBe('fail')
  expect(findings[0]).toMatchObject({ rule: 'lane-isolation', observed: '937 ms', expected: '<= 100ms' })
  expect(findings).toHaveLength(10)
})

test('an object that never came is as old as the run', () => {
  const missing = run.filter((event) => !(event.kind === 'line-delivered' && event.object === 'logs/15'))
  expect(check({}, missing)).toMatchObject({ verdict: 'fail', findings: [{ object: 'logs/15' }] })
})

test('while a fault acts', () => {
  const fault = { src: 'runner', scenario: 'synthetic', fault: 'frozen', target: 'sink', detail: '' }
  const acting: NewEvent[] = [
    { ...fault, kind: 'fault-injected', atMs: 1050 },
    { ...fault, kind: 'fault-healed', atMs: 1550 },
  ]
  expect(check({ fault: 'frozen' }, [...run, ...acting])).toMatchObject({ verdict: 'pass', looked: 5 })
  expect(check({ fault: 'other' }, [...run, ...acting])).toMatchObject({
    verdict: 'inconclusive',
    summary: 'at no time fault "other" acted',
  })
})

test('without saturation it is inconclusive', () => {
  expect(check({ saturated: 21 }).summary).toBe('at no time lane slow held at least 21 waiting records')
  expect(check({}, slow).verdict).toBe('inconclusive')
  expect(check({}, []).verdict).toBe('inconclusive')
})
