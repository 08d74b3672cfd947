import { expect, test } from 'vitest'
import { syntheticPipelineRun } from '../../core/synthetic-pipeline.ts'
import { runPipelineCheck } from './run-pipeline-check.ts'
import { throughput } from './throughput.ts'

// 20 objects with 100 lines in 987 ms.
const run = syntheticPipelineRun(
  Array.from({ length: 20 }, (_, index) => ({ object: `logs/${index}`, atMs: index * 50, lines: 5 })),
)

test('objects and lines a second', () => {
  const seen = runPipelineCheck(throughput, { objectsPerSecond: '>= 20', linesPerSecond: '>= 100' }, run)
  expect(seen).toMatchObject({ verdict: 'pass', looked: 20 })
  expect(seen.summary).toBe(
    '20 objects with 100 lines in 987 ms: objectsPerSecond 20.3, expected >= 20; linesPerSecond 101.3, expected >= 100',
  )
})

test('a good history is caught when half of the objects come through in part only', () => {
  const half = run.map((event) =>
    event.kind === 'line-delivered' && /[13579]$/.test(event.object) ? { ...event, last: 3 } : event,
  )
  const seen = runPipelineCheck(throughput, { objectsPerSecond: '>= 20' }, half)
  expect(seen).toMatchObject({ verdict: 'fail', looked: 10, findings: [{ rule: 'throughput', expected: '>= 20' }] })
})

test('of nothing it is inconclusive', () => {
  expect(runPipelineCheck(throughput, { linesPerSecond: '>= 1' }, syntheticPipelineRun([])).verdict).toBe(
    'inconclusive',
  )
  expect(throughput.schema.safeParse({}).success).toBe(false)
})
