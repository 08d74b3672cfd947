import { describe, expect, it } from 'vitest'
import { monotonicMs } from '../core/clock.ts'
import { followSchedule } from './schedule.ts'

function follow(dueMs: readonly number[]): Promise<readonly { readonly index: number; readonly atMs: number }[]> {
  const calls: { index: number; atMs: number }[] = []
  return new Promise((resolve) => {
    followSchedule(
      dueMs,
      (index) => calls.push({ index, atMs: monotonicMs() }),
      () => resolve(calls),
    )
  })
}

describe('followSchedule', () => {
  it('calls once for each time, in order and never early', async () => {
    const startMs = monotonicMs()
    const dueMs = Array.from({ length: 150 }, (_, index) => startMs + 5 + index * 0.7)
    const calls = await follow(dueMs)
    expect(calls.map(({ index }) => index)).toEqual(dueMs.map((_, index) => index))
    for (const { index, atMs } of calls) expect(atMs).toBeGreaterThanOrEqual(dueMs[index] ?? Number.POSITIVE_INFINITY)
  })

  it('works off what is overdue in bursts that let other work through', async () => {
    let others = 0
    const count = () => {
      others++
      immediate = setImmediate(count)
    }
    let immediate = setImmediate(count)
    const calls = await follow(new Array<number>(1000).fill(monotonicMs() - 1000))
    clearImmediate(immediate)
    expect(calls).toHaveLength(1000)
    expect(others).toBeGreaterThanOrEqual(10)
  })

  it('ends at once when there is nothing to do', async () => {
    expect(await follow([])).toEqual([])
  })

  it('calls no more after a stop, not even from within a callback', async () => {
    const startMs = monotonicMs()
    const calls: number[] = []
    await new Promise<void>((resolve) => {
      const schedule = followSchedule(
        [startMs, startMs, startMs, startMs + 10],
        (index) => {
          calls.push(index)
          if (index !== 1) return
          schedule.stop()
          setTimeout(resolve, 40)
        },
        () => calls.push(-1),
      )
    })
    expect(calls).toEqual([0, 1])
  })
})
