import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { FaultSurface } from '../core/fault.ts'
import type { NewEvent } from '../core/history.ts'
import { syntheticRequest, syntheticScenario } from '../core/synthetic-history.ts'
import { eventBus } from './event-bus.ts'
import { countdown } from './run-batch.ts'
import { runScenario } from './run-scenario.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'hrtime'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** A run whose generator sends one request and has its answer at once; its lines come when a test says so. */
function open(lines: (emit: (event: NewEvent) => void, stopping: AbortController) => void, loads = countdown(1)) {
  const log: string[] = []
  const bus = eventBus(() => {})
  const stopping = new AbortController()
  const events = syntheticRequest({ id: 'r', intendedMs: 0 })
  const client = events.filter(({ src }) => src === 'load')
  const done = runScenario({
    record: syntheticScenario(),
    environment: {
      readyMs: 1,
      place: () => ({ listeners: [{ name: '', port: 1 }], clusters: [] }),
      changes: () => [],
      surface: () => ({}) as FaultSurface,
      readCounters: async (_, phase) => void log.push(`counters ${phase}`),
      flushLogs: async () => void log.push('flush'),
      stop: async () => {},
    },
    generator: {
      warmUp: async () => {},
      async run() {
        client.forEach(bus.emit)
        lines(bus.emit, stopping)
      },
      stop: async () => {},
    },
    faultKinds: [],
    requests: [],
    startMs: 0,
    originMs: 0,
    settling: bus.settlingOf('synthetic'),
    loads,
    calmMs: 0,
    emit: bus.emit,
    nextEvent: bus.nextEvent,
    signal: stopping.signal,
  })
  done.catch(() => {})
  return { log, done, logs: events.filter(({ src }) => src !== 'load') }
}

describe('counters are read', () => {
  test('as soon as the last line is there', async () => {
    const { log, done, logs } = open((emit) => {
      setTimeout(() => logs.forEach(emit), 700)
    })
    await vi.advanceTimersByTimeAsync(699)
    expect(log).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    await done
    expect(log).toEqual(['flush', 'counters after'])
  })

  test('after two seconds when a line never comes', async () => {
    const { log, done } = open(() => {})
    await vi.advanceTimersByTimeAsync(1999)
    expect(log).toEqual([])
    await vi.advanceTimersByTimeAsync(2)
    await done
    expect(log).toEqual(['flush', 'counters after'])
  })

  test('only when no load beside it is under way', async () => {
    const loads = countdown(2)
    const { log, done, logs } = open((emit) => {
      setTimeout(() => logs.forEach(emit), 1)
    }, loads)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(log).toEqual([])
    loads.done()
    await done
    expect(log).toEqual(['flush', 'counters after'])
  })

  test('not at all after an interrupt', async () => {
    const { log, done } = open((_, stopping) => stopping.abort(new Error('interrupted')))
    await expect(done).rejects.toThrow('interrupted')
    expect(log).toEqual([])
  })
})
