import { describe, expect, it } from 'vitest'
import type { NewEvent } from '../core/history.ts'
import { batchEventsMax, Outbox } from './outbox.ts'

function beat(lateMs: number): NewEvent {
  return { kind: 'heartbeat', atMs: lateMs, src: 'load', scenario: '', lateMs }
}

describe('Outbox', () => {
  it('delivers everything once, in order, in batches that are never larger than the limit', () => {
    const batches: (readonly NewEvent[])[] = []
    const outbox = new Outbox((events) => batches.push(events))
    for (let index = 0; index < 2.5 * batchEventsMax; index++) outbox.add(beat(index))
    expect(batches.map((batch) => batch.length)).toEqual([batchEventsMax, batchEventsMax])
    outbox.flush()
    expect(batches.flat().map(({ atMs }) => atMs)).toEqual(Array.from({ length: 2500 }, (_, index) => index))
  })

  it('delivers by itself after a while, and no empty batches', async () => {
    const { promise, resolve } = Promise.withResolvers<readonly NewEvent[]>()
    const outbox = new Outbox(resolve)
    outbox.flush()
    outbox.add(beat(1))
    expect(await promise).toEqual([beat(1)])
  })
})
