import { expect, test } from 'vitest'
import type { NewEvent } from '../../core/history.ts'
import { syntheticPipelineRun } from '../../core/synthetic-pipeline.ts'
import { order } from './order.ts'
import { runPipelineCheck } from './run-pipeline-check.ts'

const run = syntheticPipelineRun(
  Array.from({ length: 5 }, (_, index) => ({ object: `logs/${index}`, atMs: index * 30, lines: 2 })),
)
const check = (events: readonly NewEvent[]) => runPipelineCheck(order, {}, events)
const isBatch = (event: NewEvent) => event.kind === 'function-invoked' && event.function === 'dispatcher-fast'

test('one batch after the other', () => {
  expect(check(run)).toMatchObject({
    verdict: 'pass',
    summary: 'in order: 5 batches on 1 shard, 5 partition keys',
  })
})

test('a good history is caught when two batches change places', () => {
  const batches = run.filter(isBatch)
  const sequences = batches.map((event) => (event.kind === 'function-invoked' ? (event.sequence ?? '') : ''))
  const swapped = run.map((event) => {
    const place = batches.indexOf(event)
    if (event.kind !== 'function-invoked' || place < 1 || place > 2) return event
    return { ...event, sequence: sequences[3 - place] ?? '' }
  })
  const { verdict, findings } = check(swapped)
  expect(verdict).toBe('fail')
  expect(findings[0]).toMatchObject({ rule: 'order', object: 'logs/2' })
  expect(findings[0]?.message).toMatch(/^shard shardId-0+ of dispatcher-fast: batch \d+ came after batch \d+$/)
})

test('a batch that is tried again is no disorder', () => {
  const failed = run.flatMap((event): NewEvent[] => {
    if (event.kind !== 'function-returned' || event.function !== 'dispatcher-fast') return [event]
    const begun = run.find((one) => isBatch(one) && 'invocation' in one && one.invocation === event.invocation)
    const again = begun?.kind === 'function-invoked' ? [{ ...begun, invocation: `${begun.invocation} again` }] : []
    return [{ ...event, kind: 'function-failed', error: 'timeout', message: '' }, ...again]
  })
  const ended = failed.flatMap((event): NewEvent[] =>
    event.kind === 'function-invoked' && event.invocation.endsWith('again')
      ? [event, { ...base(event), kind: 'function-returned', durationMs: 1 }]
      : [event],
  )
  expect(check(ended)).toMatchObject({ verdict: 'pass', looked: 10 })
})

function base({
  src,
  scenario,
  atMs,
  function: role,
  invocation,
  attempt,
}: Extract<NewEvent, { kind: 'function-invoked' }>) {
  return { src, scenario, atMs, function: role, invocation, attempt }
}

test('two batches of a shard at once', () => {
  const overlapping = run.filter(
    (event) => !(event.kind === 'function-returned' && event.function === 'dispatcher-fast'),
  )
  expect(check(overlapping).findings[0]?.message).toMatch(/began while batch \d+ was at work$/)
})

test('Main invoked in another order than that of the batch', () => {
  const objects = ['logs/0', 'logs/1']
  const batch = (calls: readonly string[]): NewEvent[] => {
    const base = { scenario: 'synthetic', function: 'dispatcher-slow', invocation: 'b' }
    return [
      { ...base, kind: 'function-invoked', src: 'executor', atMs: 1, attempt: 1, objects, shard: 's', sequence: '1' },
      ...calls.map((object, index): NewEvent => {
        const told = { service: 'lambda', operation: 'Invoke', objects: [object], status: 202, applied: true }
        return { ...base, ...told, kind: 'aws-called', src: 'hop', atMs: 3 + index, startMs: 2 + index }
      }),
    ]
  }
  expect(check(batch(['logs/0', 'logs/1'])).verdict).toBe('pass')
  expect(check(batch(['logs/0', 'logs/0', 'logs/1'])).verdict).toBe('pass')
  expect(check(batch(['logs/1', 'logs/0'])).findings[0]?.message).toBe(
    'Main was invoked with logs/1 before logs/0, which stands before it in the batch',
  )
})

test('a partition key on two shards', () => {
  const record = run.find(({ kind }) => kind === 'record-in-lane')
  const moved = record?.kind === 'record-in-lane' ? [{ ...record, shard: 'shard-2' }] : []
  expect(check([...run, ...moved]).findings[0]?.message).toMatch(/stands on shardId-0+ and shard-2$/)
})

test('of nothing it is inconclusive', () => {
  expect(check(syntheticPipelineRun([])).verdict).toBe('inconclusive')
})
