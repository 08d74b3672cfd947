import { expect, test } from 'vitest'
import { backlog } from './backlog.ts'
import { runPipelineCheck } from './run-pipeline-check.ts'
import { syntheticBatches } from './synthetic-batches.ts'

// A burst of 10 records within a second, of which one is taken every 400 ms: the last one at 3,600 ms.
const records = Array.from({ length: 10 }, (_, index) => [`logs/${index}`, 100 * index] as const)
const batches = records.map(([object], index) => ({ atMs: 400 * index + 50, objects: [object] }))
const run = syntheticBatches(records, batches)
const check = (config: object, events = run) => runPipelineCheck(backlog, { lane: 'slow', ...config }, events)

test('what waits at most, and until when', () => {
  expect(check({ atMost: 8, drainedWithin: '3s' })).toMatchObject({
    verdict: 'pass',
    looked: 10,
    figures: { peakRecordsCount: 7, drainedMs: 2750, leftRecordsCount: 0 },
    summary: 'lane slow: at most 7 records waited, none 2.75 s after the last put',
  })
  expect(check({ drainedWithin: '1s', from: '2s' }).figures?.drainedMs).toBe(1650)
})

test('too many, or for too long', () => {
  const { verdict, findings } = check({ atMost: 6, drainedWithin: '2s' })
  expect(verdict).toBe('fail')
  expect(findings.map(({ message }) => message)).toEqual([
    '7 records waited in lane slow at 0.800 s',
    'records waited in lane slow: none 2.75 s after the last put',
  ])
})

test('a good history is caught when its last batch is missing', () => {
  const { verdict, findings } = check({ drainedWithin: '3s' }, syntheticBatches(records, batches.slice(0, -1)))
  expect(verdict).toBe('fail')
  expect(findings[0]?.message).toMatch(/still 1 at the end/)
})

test('a batch that is tried again takes nothing a second time', () => {
  const again = batches.flatMap((batch, index) => [
    { ...batch, fails: index === 3 },
    ...(index === 3 ? [{ ...batch, atMs: batch.atMs + 100 }] : []),
  ])
  expect(check({ atMost: 8 }, syntheticBatches(records, again)).figures).toMatchObject({
    peakRecordsCount: 7,
    drainedMs: 2750,
  })
})

test('of nothing it is inconclusive', () => {
  expect(check({ atMost: 1 }, syntheticBatches([], [])).verdict).toBe('inconclusive')
  expect(backlog.schema.safeParse({ lane: 'slow' }).success).toBe(false)
})
