import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { monotonicMs } from '../core/clock.ts'
import type { FaultKind, FaultSurface } from '../core/fault.ts'
import type { NewEvent } from '../core/history.ts'
import { syntheticFault, syntheticScenario } from '../core/synthetic-history.ts'
import { runFaultSchedule } from './fault-schedule.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'hrtime'] })
})
afterEach(() => {
  vi.useRealTimers()
})

interface Behaviour {
  readonly inject?: () => Promise<void>
  readonly heal?: () => Promise<void>
}

/** A schedule of faults named by their kinds' behaviour: from 1000 to 5000 ms unless told otherwise. */
function open(
  behaviours: Readonly<Record<string, Behaviour | 'planned'>>,
  windows: Record<string, [number, number]> = {},
) {
  const log: string[] = []
  const events: NewEvent[] = []
  const startMs = monotonicMs()
  const kinds: FaultKind[] = Object.entries(behaviours).map(([name, behaviour]) => ({
    name,
    about: '',
    schema: undefined as never,
    isolated: false,
    describe: () => `${name} in words`,
    ...(behaviour === 'planned'
      ? { plan: () => ({ status: 503 }) }
      : {
          async inject() {
            log.push(`inject ${name} at ${Math.round(monotonicMs() - startMs)}`)
            await behaviour.inject?.()
            return async () => {
              log.push(`heal ${name} at ${Math.round(monotonicMs() - startMs)}`)
              await behaviour.heal?.()
            }
          },
        }),
  }))
  const stopping = new AbortController()
  const faults = kinds.map(({ name }) => {
    const [fromMs, untilMs] = windows[name] ?? [1000, 5000]
    return syntheticFault({ name: `the-${name}`, kind: name, fromMs, untilMs })
  })
  const schedule = runFaultSchedule({
    scenario: syntheticScenario({ faults }),
    kinds,
    actOf: ({ inject }, fault) => inject && (() => inject(fault, fault.config, {} as FaultSurface)),
    startMs,
    nowMs: () => Math.round(monotonicMs() - startMs),
    emit: (event) => events.push(event),
    signal: stopping.signal,
  })
  return { schedule, stopping, log, told: () => events.map(({ kind, atMs }) => `${kind} ${atMs}`), events }
}

const advance = (ms: number) => vi.advanceTimersByTimeAsync(ms)

test('a window opens and closes in time, and says so', async () => {
  const { schedule, log, events } = open({ kill: {} })
  await advance(999)
  expect(log).toEqual([])
  await advance(4001)
  await schedule.done
  expect(log).toEqual(['inject kill at 1000', 'heal kill at 5000'])
  const base = { src: 'runner', scenario: 'synthetic', fault: 'the-kill', target: 'user', detail: 'kill in words' }
  expect(events).toEqual([
    { ...base, kind: 'fault-injected', atMs: 1000 },
    { ...base, kind: 'fault-healed', atMs: 5000 },
  ])
})

test('the told window is the widest: from the order to the end of the heal', async () => {
  const slow = () => new Promise<void>((resolve) => setTimeout(resolve, 300))
  const { schedule, told } = open({ restart: { inject: slow, heal: slow } })
  await advance(5300)
  await schedule.done
  expect(told()).toEqual(['fault-injected 1000', 'fault-healed 5300'])
})

test('windows overlap as they like; a planned fault needs nothing', async () => {
  const { schedule, log } = open({ kill: {}, abort: 'planned', freeze: {} }, { freeze: [500, 2000] })
  await advance(5000)
  await schedule.done
  expect(log).toEqual(['inject freeze at 500', 'inject kill at 1000', 'heal freeze at 2000', 'heal kill at 5000'])
})

describe('heals whatever is open', () => {
  test('when it is closed early, and opens nothing more', async () => {
    const { schedule, log } = open({ kill: {}, freeze: {} }, { freeze: [3000, 4000] })
    await advance(2000)
    await schedule.close()
    await advance(10_000)
    expect(log).toEqual(['inject kill at 1000', 'heal kill at 2000'])
  })

  test('when the run is interrupted', async () => {
    const { schedule, stopping, log } = open({ kill: {} })
    await advance(2000)
    stopping.abort()
    await schedule.done
    expect(log).toEqual(['inject kill at 1000', 'heal kill at 2000'])
  })

  test('also what was just being injected', async () => {
    const slow = () => new Promise<void>((resolve) => setTimeout(resolve, 1000))
    const { schedule, stopping, log } = open({ restart: { inject: slow } })
    await advance(1500)
    stopping.abort()
    const closing = schedule.close()
    await advance(500)
    await closing
    expect(log).toEqual(['inject restart at 1000', 'heal restart at 2000'])
  })

  test('also when another fault could not be injected; close waits for slow heals', async () => {
    const slow = () => new Promise<void>((resolve) => setTimeout(resolve, 700))
    const broken = async () => {
      throw new Error('no such process')
    }
    const { schedule, log, told } = open({ kill: { heal: slow }, freeze: { inject: broken } }, { freeze: [2000, 3000] })
    const failed = expect(schedule.done).rejects.toThrow('no such process')
    await advance(2000)
    await failed
    let closed = false
    const closing = schedule.close().then(() => {
      closed = true
    })
    await advance(699)
    expect(closed).toBe(false)
    await advance(1)
    await closing
    expect(log).toEqual(['inject kill at 1000', 'inject freeze at 2000', 'heal kill at 2000'])
    expect(told()).toEqual(['fault-injected 1000', 'fault-healed 2700'])
  })
})

test('a heal that fails is a failure of the run, and is not told as healed', async () => {
  const broken = async () => {
    throw new Error('cannot start again')
  }
  const { schedule, told } = open({ kill: { heal: broken } })
  const failed = expect(schedule.done).rejects.toThrow('cannot start again')
  await advance(5000)
  await failed
  await schedule.close()
  expect(told()).toEqual(['fault-injected 1000'])
})

test('a run that was interrupted before it began injects nothing', async () => {
  const { schedule, stopping, log } = open({ kill: {} }, { kill: [0, 1] })
  stopping.abort()
  await schedule.close()
  // A fault of the very first moment may have been ordered already; then it is healed.
  expect(log.filter((line) => line.startsWith('inject'))).toHaveLength(
    log.filter((line) => line.startsWith('heal')).length,
  )
})
