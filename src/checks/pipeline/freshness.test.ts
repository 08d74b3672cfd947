import { expect, test } from 'vitest'
import { type SyntheticJourney, syntheticPipelineRun } from '../../core/synthetic-pipeline.ts'
import { freshness } from './freshness.ts'
import { runPipelineCheck } from './run-pipeline-check.ts'

// A journey takes 37 ms from the intended put to its delivery.
const good = Array.from({ length: 20 }, (_, index): SyntheticJourney => {
  return { object: `logs/${index}`, atMs: index * 50, lines: 5, dest: index % 2 === 0 ? 'fast' : 'slow' }
})
const check = (config: unknown, journeys: readonly SyntheticJourney[]) =>
  runPipelineCheck(freshness, config, syntheticPipelineRun(journeys))

test('fresh on both lanes', () => {
  const { verdict, summary, looked } = check({ fast: '<= 100ms', slow: { p99: '<= 50ms', max: '<= 60ms' } }, good)
  expect({ verdict, looked }).toEqual({ verdict: 'pass', looked: 20 })
  expect(summary).toBe(
    'lane fast: p99 37 ms, max 37 ms of 10 objects, expected p99 <= 100ms; lane slow: p99 37 ms, max 37 ms of 10 objects, expected p99 <= 50ms, max <= 60ms',
  )
})

test('a good history is caught when one delivery comes late', () => {
  const run = syntheticPipelineRun(good).map((event) =>
    event.kind === 'line-delivered' && event.object === 'logs/4' ? { ...event, atMs: event.atMs + 5000 } : event,
  )
  const { verdict, findings } = runPipelineCheck(freshness, { fast: '<= 3s' }, run)
  expect(verdict).toBe('fail')
  expect(findings).toMatchObject([{ object: 'logs/4', expected: 'p99 <= 3s', observed: '5.04 s' }])
  expect(runPipelineCheck(freshness, { slow: '<= 3s' }, run).verdict).toBe('pass')
})

test('what a person left in the table, and what never came, says nothing of freshness', () => {
  const parked: SyntheticJourney[] = [
    { object: 'logs/p', atMs: 2000, fate: 'drained', drainAfterMs: 9000 },
    { object: 'logs/q', atMs: 3000, fate: 'refused' },
  ]
  expect(check({ fast: '<= 1s' }, [...good, ...parked])).toMatchObject({ verdict: 'pass', looked: 10, skipped: 1 })
})

test('of nothing it is inconclusive', () => {
  expect(check({ fast: '<= 1s' }, []).verdict).toBe('inconclusive')
  expect(check({ fast: '<= 1s', slow: '<= 1s' }, good.slice(0, 1)).verdict).toBe('inconclusive')
  expect(freshness.schema.safeParse({}).success).toBe(false)
})
