// A lane seen from its Dispatcher, for tests of what batches do: records that come in and batches that take them.

import type { LaneName, NewEvent } from '../../core/history.ts'

export interface SyntheticBatch {
  readonly atMs: number
  readonly objects: readonly string[]
  readonly tookMs?: number
  /** Default: the place of its first object among all records. */
  readonly sequence?: string
  readonly fails?: boolean
}

const scenario = 'synthetic'
const shard = 'shardId-000000000000'
const sequenceOf = (place: number) => String(1000 + place)

/** `records`: when each object's record comes into the lane, in this order. */
export function syntheticBatches(
  records: readonly (readonly [object: string, atMs: number])[],
  batches: readonly SyntheticBatch[],
  lane: LaneName = 'slow',
): NewEvent[] {
  const inLane = records.flatMap(([object, atMs], place): NewEvent[] => {
    const put = { object, source: 0, bytes: 1, lines: 1, poison: [], unreadable: false, format: 'json', dest: lane }
    const record = { lane, shard, sequence: sequenceOf(place), partitionKey: object, object }
    return [
      { ...put, scenario, kind: 'object-put', src: 'load', atMs, intendedMs: atMs },
      { ...record, scenario, kind: 'record-in-lane', src: 'lanes', atMs },
    ]
  })
  const taken = batches.flatMap(({ atMs, objects, tookMs = 10, fails = false, ...batch }, index): NewEvent[] => {
    const invocation = `batch-${index}`
    const base = { scenario, src: 'executor', function: `dispatcher-${lane}`, invocation, attempt: 1 }
    const place = records.findIndex(([object]) => object === objects[0])
    const sequence = batch.sequence ?? sequenceOf(place)
    const end = { ...base, atMs: atMs + tookMs, durationMs: tookMs }
    return [
      { ...base, kind: 'function-invoked', atMs, objects, shard, sequence },
      fails ? { ...end, kind: 'function-failed', error: 'crash', message: '' } : { ...end, kind: 'function-returned' },
    ]
  })
  return [{ kind: 'scenario-started', src: 'runner', scenario, atMs: 0 } as NewEvent, ...inLane, ...taken].sort(
    (left, right) => left.atMs - right.atMs,
  )
}
