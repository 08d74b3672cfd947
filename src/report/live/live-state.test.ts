import { describe, expect, test } from 'vitest'
import type { NewEvent } from '../../core/history.ts'
import { syntheticFault, syntheticRequest, syntheticScenario } from '../../core/synthetic-history.ts'
import { coarseLatency } from './coarse-latency.ts'
import { liveState } from './live-state.ts'

const runner = { src: 'runner', scenario: 'synthetic' } as const

function stateOf(events: readonly NewEvent[]) {
  const state = liveState()
  const records = [syntheticScenario({ faults: [syntheticFault()] }), syntheticScenario({ name: 'other' })]
  state.begin({ records, seed: 'abc', originMs: 5000 })
  for (const event of events) state.event(event)
  return state
}

const started: NewEvent = { ...runner, kind: 'scenario-started', atMs: 1000 }

describe('what the live page knows', () => {
  test('before anything happens: the plan, and that all are waiting', () => {
    const state = stateOf([])
    expect(state.plan()).toMatchObject({
      seed: 'abc',
      scenarios: [{ name: 'synthetic', faults: [{ name: 'flaky' }] }, { name: 'other' }],
    })
    expect(state.figures(9000, 'all').map((one) => one.state)).toEqual(['waiting', 'waiting'])
  })

  test('requests, failures, attempts and latencies so far, by the time since the start', () => {
    const requests = [
      ...syntheticRequest({ id: 'a', intendedMs: 1000, attempts: [{ code: 503 }, {}] }),
      ...syntheticRequest({ id: 'b', intendedMs: 1250, answer: { status: 503 }, attempts: [{ code: 503 }] }),
    ]
    const [figures] = stateOf([started, ...requests]).figures(5000 + 2000, 'all')
    expect(figures).toMatchObject({
      state: 'running',
      elapsedMs: 1000,
      sent: 2,
      answered: 2,
      failed: 1,
      attempts: 3,
      binMs: 100,
    })
    expect(figures?.ok.reduce((sum, one) => sum + one, 0)).toBe(1)
    expect(figures?.notOk.reduce((sum, one) => sum + one, 0)).toBe(1)
    expect(figures?.p99Ms).toBeGreaterThan(0)
  })

  test('only what has changed is asked for; what ended changes no more', () => {
    const state = stateOf([started])
    expect(state.figures(6000, 'changed').map(({ name }) => name)).toEqual(['synthetic', 'other'])
    expect(state.figures(6500, 'changed').map(({ name }) => name)).toEqual(['synthetic'])
    state.event({ ...runner, kind: 'scenario-ended', atMs: 1800 })
    expect(state.figures(7000, 'changed')).toMatchObject([{ state: 'ended', elapsedMs: 800 }])
    expect(state.figures(7500, 'changed')).toEqual([])
  })

  test('ejections, faults and overflows become marks, of which the last dozen is kept', () => {
    const eject = (atMs: number): NewEvent => ({
      ...runner,
      kind: 'host-ejected',
      atMs,
      cluster: 'user',
      host: '127.0.0.2:1',
      reason: 'CONSECUTIVE_5XX',
      enforced: true,
      ejections: 1,
    })
    const state = stateOf([started, ...Array.from({ length: 40 }, (_, index) => eject(1100 + index))])
    const [figures] = state.figures(7000, 'all')
    expect(figures?.marks).toHaveLength(12)
    expect(figures?.marks.at(-1)).toEqual({ atMs: 139, label: 'user 127.0.0.2:1 ejected' })
  })

  test('an hour of requests takes no more than 120 bins', () => {
    const state = stateOf([started])
    for (let second = 0; second < 3600; second++) {
      for (const event of syntheticRequest({ id: `r${second}`, intendedMs: 1000 + second * 1000 })) state.event(event)
    }
    const [figures] = state.figures(5000 + 3_601_000, 'all')
    expect(figures?.ok.length).toBeLessThanOrEqual(120)
    expect(figures?.ok.reduce((sum, one) => sum + one, 0)).toBe(3600)
  })

  test('lines of a pipeline and what was parked', () => {
    const line: NewEvent = {
      ...runner,
      src: 'sink',
      kind: 'line-delivered',
      atMs: 1200,
      object: 'b/k',
      line: 1,
      last: 20,
    }
    const parked: NewEvent = {
      ...runner,
      src: 'table',
      kind: 'item-parked',
      atMs: 1300,
      item: 'i',
      tasks: [],
      error: '',
    }
    expect(stateOf([started, line, parked]).figures(7000, 'all')[0]).toMatchObject({ lines: 20, parked: 1 })
  })
})

test('coarse percentiles are within a cell of the truth', () => {
  const latency = coarseLatency()
  expect(latency.percentileMs(50)).toBeUndefined()
  for (let ms = 1; ms <= 1000; ms++) latency.record(ms)
  expect((latency.percentileMs(50) ?? 0) / 500).toBeCloseTo(1, 0)
  expect(Math.abs((latency.percentileMs(99) ?? 0) / 990 - 1)).toBeLessThan(0.13)
  for (const odd of [0, -1, 1e9]) latency.record(odd)
})
