// How many records stand in a lane that no Dispatcher has been given yet, over time. Records are seen by one source and
// batches by another, so all is put in order when it is read: a batch takes what stands on its shard up to its own last
// record, and nothing a second time when it is tried again.

import type { HistoryEvent, LaneName } from '../../core/history.ts'
import { compareSequences } from '../../pipeline/ledger/sequence.ts'

export interface BacklogPoint {
  readonly atMs: number
  /** From now on. */
  readonly records: number
}

export interface LaneBacklog {
  observe(event: HistoryEvent): void
  points(): BacklogPoint[]
  /** Records that were seen in the lane. */
  records(): number
}

interface Shard {
  readonly records: { readonly sequence: string; readonly atMs: number }[]
  readonly batches: { readonly sequence: string; readonly atMs: number; readonly size: number }[]
}

export function laneBacklog(lane: LaneName): LaneBacklog {
  const shards = new Map<string, Shard>()
  let records = 0
  const shardOf = (name: string): Shard => {
    const known = shards.get(name) ?? { records: [], batches: [] }
    shards.set(name, known)
    return known
  }
  return {
    observe(event) {
      if (event.kind === 'record-in-lane') {
        if (event.lane !== lane) return
        records++
        shardOf(event.shard).records.push({ sequence: event.sequence, atMs: event.atMs })
      } else if (event.kind === 'function-invoked' && event.function === `dispatcher-${lane}`) {
        const { shard, sequence, atMs, objects } = event
        if (shard !== undefined && sequence !== undefined)
          shardOf(shard).batches.push({ sequence, atMs, size: Math.max(1, objects.length) })
      }
    },
    points() {
      let level = 0
      return [...shards.values()]
        .flatMap(stepsOf)
        .sort((left, right) => left.atMs - right.atMs || right.by - left.by)
        .map(({ atMs, by }) => {
          level += by
          // A batch may be seen a moment before its records are: nothing stands then.
          return { atMs, records: Math.max(0, level) }
        })
    },
    records: () => records,
  }
}

function stepsOf({ records, batches }: Shard): { readonly atMs: number; readonly by: number }[] {
  const sorted = records.toSorted((left, right) => compareSequences(left.sequence, right.sequence))
  const places = new Map(sorted.map(({ sequence }, index) => [sequence, index]))
  let taken = 0
  const takes = batches
    .toSorted((left, right) => left.atMs - right.atMs)
    .map(({ sequence, atMs, size }) => {
      const end = Math.min(sorted.length, (places.get(sequence) ?? taken) + size)
      const by = Math.max(0, end - taken)
      taken = Math.max(taken, end)
      return { atMs, by: -by }
    })
  return [...records.map(({ atMs }) => ({ atMs, by: 1 })), ...takes]
}
