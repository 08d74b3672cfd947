import { expect, test } from 'vitest'
import type { NewEvent } from '../../core/history.ts'
import { flowControl } from './flow-control.ts'
import { runPipelineCheck } from './run-pipeline-check.ts'
import { type SyntheticBatch, syntheticBatches } from './synthetic-batches.ts'

const declared = {
  kind: 'pipeline',
  lanes: { fast: { batchSize: 10, delayMs: 0 }, slow: { batchSize: 2, delayMs: 500 } },
  concurrency: 5,
}
const records = Array.from({ length: 8 }, (_, index) => [`logs/${index}`, 10 * index] as const)
/** Two records a batch, one batch every `everyMs`. */
const batchesEvery = (everyMs: number): SyntheticBatch[] =>
  [0, 2, 4, 6].map((at, index) => ({
    atMs: 100 + index * everyMs,
    objects: [`logs/${at}`, `logs/${at + 1}`],
    tookMs: 505,
  }))
const check = (events: readonly NewEvent[]) => runPipelineCheck(flowControl, {}, events, { declared })

test('no sooner than DELAY', () => {
  expect(check(syntheticBatches(records, batchesEvery(520)))).toMatchObject({
    verdict: 'pass',
    looked: 4,
    figures: { delayedBatchesCount: 3, shortestDistanceMs: 520 },
  })
})

test('a batch that begins too soon', () => {
  const { verdict, findings } = check(syntheticBatches(records, batchesEvery(400)))
  expect(verdict).toBe('fail')
  expect(findings).toHaveLength(3)
  expect(findings[0]).toMatchObject({
    object: 'logs/2',
    expected: 'at least 500 ms from start to start',
    observed: '400 ms',
  })
})

test('a batch that is too large', () => {
  const large = [
    { atMs: 100, objects: ['logs/0', 'logs/1', 'logs/2'] },
    { atMs: 700, objects: ['logs/3'] },
  ]
  expect(check(syntheticBatches(records, large)).findings).toMatchObject([{ observed: '3', expected: 'at most 2' }])
})

test('behind a batch that failed, and in a lane without DELAY, nothing is asked', () => {
  const failing = batchesEvery(400).map((batch) => ({ ...batch, fails: true }))
  expect(check(syntheticBatches(records, failing)).verdict).toBe('inconclusive')
  expect(check(syntheticBatches(records, batchesEvery(1), 'fast')).verdict).toBe('inconclusive')
})

test('a limit counts once it has arrived, and the old one no longer', () => {
  const limit = (atMs: number, delayMs: number): NewEvent => {
    const base = { kind: 'operator-acted', src: 'runner', scenario: 'synthetic', action: 'limit' } as const
    return { ...base, atMs, detail: 'slow delay', values: { delayMs } }
  }
  const run = (everyMs: number, limits: readonly NewEvent[]) =>
    check([...limits, ...syntheticBatches(records, batchesEvery(everyMs))])
  // Lowered: the new one holds at once. Raised: the old one may hold for 3 s.
  expect(run(200, [limit(50, 100)]).verdict).toBe('pass')
  expect(run(520, [limit(50, 2000)]).verdict).toBe('pass')
  expect(run(1990, [limit(50, 2000)]).verdict).toBe('fail')
})

test('of nothing, and of a history that declares nothing, it is inconclusive', () => {
  expect(check(syntheticBatches([], [])).verdict).toBe('inconclusive')
  const run = syntheticBatches(records, batchesEvery(520))
  expect(runPipelineCheck(flowControl, {}, run, { declared: { clusters: [] } }).verdict).toBe('inconclusive')
})
