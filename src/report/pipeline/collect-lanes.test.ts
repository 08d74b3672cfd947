import { expect, test } from 'vitest'
import type { NewEvent } from '../../core/history.ts'
import type { LaneReport } from '../../core/report-pipeline.ts'
import { collectJourneys } from './collected-journeys.ts'

const limit = (atMs: number, detail: string, delayMs: number): NewEvent => {
  return {
    kind: 'operator-acted',
    src: 'runner',
    scenario: 'synthetic',
    atMs,
    action: 'limit',
    detail,
    values: { delayMs },
  }
}
const sum = (lane: LaneReport | undefined, key: 'arrived' | 'dispatched' | 'deliveredLines'): number | undefined =>
  lane?.series.reduce((total, bin) => total + bin[key], 0)

test('a lane counts records in and out, waiting ones and delivered lines, bin by bin', () => {
  const { pipeline } = collectJourneys([
    { object: 'logs/a', atMs: 0, lines: 3 },
    { object: 'logs/b', atMs: 400, lines: 2, dest: 'slow' },
    { object: 'logs/c', atMs: 900, lines: 5, fate: 'in-lane' },
  ])
  const [fast, slow] = pipeline.lanes
  expect(fast).toMatchObject({ lane: 'fast', records: 2, shards: 1, dispatched: 1, deliveredLines: 3, backlogMax: 1 })
  expect(slow).toMatchObject({ lane: 'slow', records: 1, dispatched: 1, deliveredLines: 2, backlogMax: 0 })
  expect([sum(fast, 'arrived'), sum(fast, 'dispatched'), sum(fast, 'deliveredLines')]).toEqual([2, 1, 3])
  expect(fast?.series.at(-1)?.backlog).toBe(1)
  expect(fast?.freshness).toMatchObject({ count: 3 })
  expect(fast?.freshness.p50Ms).toBeCloseTo(32, 0)
})

test('freshness counts the first delivery of a line only', () => {
  const { pipeline } = collectJourneys([{ object: 'logs/a', atMs: 0, lines: 10, fate: 'doubled' }])
  expect(pipeline.lanes[0]?.freshness.count).toBe(10)
  expect(pipeline.lanes[0]?.freshness.maxMs).toBeLessThan(50)
})

test('DELAY is known from the moment an operator set it, for the lane that was named', () => {
  const { pipeline, marks } = collectJourneys(
    [
      { object: 'logs/a', atMs: 0 },
      { object: 'logs/b', atMs: 2000 },
    ],
    [limit(1100, 'slow', 2000), limit(1500, 'slow', 1000)],
  )
  const delays = pipeline.lanes.map(({ series }) => series.map(({ delayMs }) => delayMs))
  expect(new Set(delays[0])).toEqual(new Set([undefined]))
  expect(delays[1]?.[0]).toBeUndefined()
  expect(new Set(delays[1])).toEqual(new Set([undefined, 2000, 1000]))
  expect(marks.map(({ label }) => label)).toEqual(['limit slow delay 2.00 s', 'limit slow delay 1.00 s'])
})

test('a scenario that takes ten times as long as planned still has 60 to 120 bins', () => {
  const { pipeline } = collectJourneys([
    { object: 'logs/a', atMs: 0 },
    { object: 'logs/b', atMs: 99_000 },
  ])
  const [fast] = pipeline.lanes
  expect(fast?.series.length).toBeGreaterThanOrEqual(60)
  expect(fast?.series.length).toBeLessThanOrEqual(120)
  expect(fast?.records).toBe(2)
  expect((fast?.series.length ?? 0) * pipeline.binMs).toBeGreaterThanOrEqual(99_000)
})

test('hops follow the way of an object, for each lane', () => {
  const { pipeline } = collectJourneys([
    { object: 'logs/a', atMs: 0 },
    { object: 'logs/b', atMs: 5, dest: 'slow' },
  ])
  expect(pipeline.hops.map(({ lane, from, to }) => `${lane}: ${from} to ${to}`)).toEqual(
    ['fast', 'slow'].flatMap((lane) => [
      `${lane}: put to event-pusher`,
      `${lane}: event-pusher to lane`,
      `${lane}: lane to dispatcher`,
      `${lane}: dispatcher to main`,
      `${lane}: main to delivered`,
    ]),
  )
  expect(pipeline.hops.every(({ count, p50Ms }) => count === 1 && p50Ms > 0)).toBe(true)
})
