// order: Kinesis keeps the order of a shard, and so must the Dispatcher: batches of one shard come one after the other in the
// order of their sequence numbers, Main is invoked in the order of the records, and records of one partition key stay on
// one shard. A batch that is tried again is no disorder; in which order asynchronous invocations begin is nobody's promise.

import { z } from 'zod'
import type { CheckKind } from '../../core/check.ts'
import type { AwsCalled, FunctionInvoked } from '../../core/history.ts'
import { compareSequences } from '../../pipeline/ledger/sequence.ts'
import { findingList, nothingSeen } from '../finding-list.ts'
import { amount } from './amount.ts'

const schema = z.strictObject({})

export const order: CheckKind<z.output<typeof schema>> = {
  name: 'order',
  judges: 'pipeline',
  about:
    'Per shard, records are dispatched in their order and one batch at a time; a partition key stays on its shard.',
  schema,
  needs: ['mapping-order', 'shards-in-parallel'],
  start() {
    const findings = findingList()
    const shards = new Map<string, ShardState>()
    const keys = new Map<string, string>()
    const batches = new Map<string, Batch>()
    let looked = 0
    const wrong = (message: string, object?: string) =>
      findings.add({ rule: 'order', message, ...(object === undefined ? {} : { object }) })

    const invoked = (event: FunctionInvoked & { readonly shard: string; readonly sequence: string }) => {
      looked++
      const { function: role, shard, sequence, objects } = event
      const place = `shard ${shard} of ${role}`
      const state = shards.get(place) ?? { last: undefined, running: new Map() }
      shards.set(place, state)
      const [object] = objects
      const other = [...state.running.values()].find((running) => running !== sequence)
      if (other !== undefined) wrong(`${place}: batch ${sequence} began while batch ${other} was at work`, object)
      if (state.last !== undefined && compareSequences(sequence, state.last) < 0)
        wrong(`${place}: batch ${sequence} came after batch ${state.last}`, object)
      else state.last = sequence
      state.running.set(runOf(event), sequence)
      if (objects.length > 1) batches.set(event.invocation, { objects, calls: [] })
    }

    return {
      observe(event) {
        if (event.kind === 'record-in-lane') {
          const key = `${event.lane} ${event.partitionKey}`
          const shard = keys.get(key)
          if (shard === undefined) keys.set(key, event.shard)
          else if (shard !== event.shard)
            wrong(
              `partition key "${event.partitionKey}" of lane ${event.lane} stands on ${shard} and ${event.shard}`,
              event.object,
            )
        } else if (event.kind === 'function-invoked') {
          const { shard, sequence } = event
          if (shard !== undefined && sequence !== undefined) invoked({ ...event, shard, sequence })
        } else if (event.kind === 'function-returned' || event.kind === 'function-failed') {
          if (event.function.startsWith('dispatcher'))
            for (const { running } of shards.values()) running.delete(runOf(event))
        } else if (event.kind === 'aws-called' && event.service === 'lambda' && event.operation === 'Invoke') {
          if (event.applied && event.invocation !== undefined) batches.get(event.invocation)?.calls.push(event)
        }
      },
      conclude() {
        if (looked === 0) return nothingSeen('no Dispatcher was given a batch')
        for (const batch of batches.values()) {
          const [early, late] = swapped(batch) ?? []
          if (early !== undefined && late !== undefined)
            wrong(`Main was invoked with ${early} before ${late}, which stands before it in the batch`, early)
        }
        batches.clear()
        const bad = findings.count()
        const seen = `${amount(looked, 'batch')} on ${amount(shards.size, 'shard')}, ${amount(keys.size, 'partition key')}`
        return {
          verdict: bad === 0 ? 'pass' : 'fail',
          summary: bad === 0 ? `in order: ${seen}` : `${bad} times out of order: ${seen}`,
          looked,
          ...findings.told(),
          figures: { batchesCount: looked, shardsCount: shards.size },
        }
      },
    }
  },
}

interface ShardState {
  last: string | undefined
  /** Invocation and attempt to the sequence number of its batch. */
  readonly running: Map<string, string>
}

interface Batch {
  readonly objects: readonly string[]
  readonly calls: AwsCalled[]
}

function runOf({ invocation, attempt }: { readonly invocation: string; readonly attempt: number }): string {
  return `${invocation} ${attempt}`
}

/** The first two objects of a batch that Main was given in the wrong order; calls for the same object again do not count. */
function swapped({ objects, calls }: Batch): readonly [string, string] | undefined {
  const places = new Map([...objects.entries()].reverse().map(([index, object]) => [object, index]))
  const done = new Set<string>()
  let last: { readonly object: string; readonly place: number } | undefined
  for (const call of calls.sort((left, right) => left.startMs - right.startMs)) {
    for (const object of call.objects) {
      const place = places.get(object)
      if (place === undefined || done.has(object)) continue
      done.add(object)
      if (last !== undefined && place < last.place) return [last.object, object]
      last = { object, place }
    }
  }
  return undefined
}
