import { expect, test } from 'vitest'
import { type SyntheticJourney, syntheticPipelineRun } from '../../core/synthetic-pipeline.ts'
import { routing } from './routing.ts'
import { muchLater, runPipelineCheck } from './run-pipeline-check.ts'

const good: readonly SyntheticJourney[] = [
  { object: 'logs/a', atMs: 0 },
  { object: 'logs/b', atMs: 50, dest: 'slow', fate: 'drained' },
  { object: 'logs/c', atMs: 90, dest: 'drop' },
]
const check = (journeys: readonly SyntheticJourney[]) =>
  runPipelineCheck(routing, {}, syntheticPipelineRun(journeys, [muchLater()]))

test('each in its lane', () => {
  expect(check(good)).toMatchObject({
    verdict: 'pass',
    looked: 3,
    summary: 'routed as declared: 1 object for lane fast, 1 for slow, 1 to drop',
  })
})

test('in the wrong lane, or in none', () => {
  const { verdict, findings } = check([
    ...good,
    { object: 'logs/x', atMs: 200, dest: 'slow', lane: 'fast' },
    { object: 'logs/y', atMs: 300, fate: 'refused' },
  ])
  expect(verdict).toBe('fail')
  expect(findings.map(({ message }) => message)).toEqual([
    'logs/x stood in lane fast, and routing says lane slow',
    'logs/y stood in no lane, and routing says lane fast',
  ])
})

test('a good history is caught when a record is put back on another lane, or a dropped object stands in one', () => {
  const run = syntheticPipelineRun(good, [muchLater()])
  const last = run.findLastIndex(({ kind }) => kind === 'record-in-lane')
  const moved = run.map((event, index) =>
    index === last && event.kind === 'record-in-lane' ? { ...event, lane: 'fast' as const } : event,
  )
  expect(runPipelineCheck(routing, {}, moved).findings[0]?.observed).toBe('lane slow and lane fast')
  const dropped = run.map((event) => (event.kind === 'record-in-lane' ? { ...event, object: 'logs/c' } : event))
  expect(runPipelineCheck(routing, {}, dropped).findings.map(({ object }) => object)).toContain('logs/c')
})

test('of nothing, and of what was put a moment ago, it is inconclusive', () => {
  expect(check([]).verdict).toBe('inconclusive')
  const run = syntheticPipelineRun([{ object: 'logs/a', atMs: 0 }]).filter(({ kind }) => kind !== 'record-in-lane')
  expect(runPipelineCheck(routing, {}, run)).toMatchObject({ verdict: 'inconclusive', skipped: 1 })
})
