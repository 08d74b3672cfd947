import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { calm, isolated, type Rig, rig, untilAborted } from './test-parts.ts'

let runner: Rig
beforeEach(() => {
  runner = rig()
})

const broken = (why: string) => () => {
  throw new Error(why)
}
/** The generator may be told twice: at an interrupt, and at the end. */
const stops = () => [...new Set(runner.log.filter((step) => step.startsWith('stop')))].toSorted()
/** The load of a scenario fails, or ends, once its fault was injected. */
const onceInjected = (then: () => void) => {
  const injected = Promise.withResolvers<void>()
  runner.on.set('inject own-fault', injected.resolve)
  runner.on.set('load own', async () => {
    await injected.promise
    // The window is announced in a moment of its own.
    await new Promise((resolve) => setImmediate(resolve))
    then()
  })
}
const heartbeatsAreOver = async () => {
  const before = runner.events.length
  await vi.waitFor(() => expect(vi.getTimerCount()).toBe(0))
  expect(runner.events.length).toBe(before)
}

describe('a run from its start to its end', () => {
  test('what is shared starts once; counters are read around the load; all is stopped', async () => {
    expect(await runner.run([[calm('a')], [calm('b')]])).toEqual({ interrupted: false })
    const { log } = runner
    expect(log.slice(0, 2).toSorted()).toEqual(["start env ''", 'start generator'])
    expect(log.slice(2)).toEqual([
      'warm up',
      ...['plan a', 'counters a before', 'load a', "flush env ''", 'counters a after'],
      ...['plan b', 'counters b before', 'load b', "flush env ''", 'counters b after'],
      'stop generator',
      "stop env ''",
    ])
  })

  test('events: start, counters, load and end of each scenario', async () => {
    await runner.run([[calm('a')]])
    const kinds = runner.events.filter(({ scenario }) => scenario === 'a').map(({ kind }) => kind)
    expect(kinds.slice(0, 2)).toEqual(['counters', 'scenario-started'])
    expect(kinds.slice(-2)).toEqual(['counters', 'scenario-ended'])
    expect(kinds).toContain('request-answered')
  })

  test('an isolated scenario has an environment of its own, stopped before the next batch', async () => {
    const own = { ...isolated('own'), faults: [] }
    await runner.run([[own, calm('a')], [calm('b')]])
    const { log } = runner
    expect(log.filter((step) => step.startsWith('start env'))).toEqual(["start env ''", "start env '-1'"])
    expect(log.indexOf("stop env '-1'")).toBeGreaterThan(log.indexOf('counters own after'))
    expect(log.indexOf("stop env '-1'")).toBeLessThan(log.indexOf('plan b'))
  })

  test('without a scenario for it there is no shared environment', async () => {
    await runner.run([[{ ...isolated('own'), faults: [] }]])
    expect(stops()).toEqual(["stop env '-1'", 'stop generator'])
  })

  test('all plans and first counters of a batch come before its first moment', async () => {
    await runner.run([[calm('a'), calm('b')]])
    const { log } = runner
    const firstLoad = Math.min(log.indexOf('load a'), log.indexOf('load b'))
    for (const step of ['plan a', 'plan b', 'counters a before', 'counters b before'])
      expect(log.indexOf(step)).toBeLessThan(firstLoad)
  })
})

describe('whatever fails, everything that started is stopped, and the failure is thrown', () => {
  test.each([
    ["start env ''", ['stop generator']],
    ['start generator', ["stop env ''"]],
    ['warm up', ["stop env ''", 'stop generator']],
    ["start env '-2'", ["stop env ''", 'stop generator']],
    ['counters a before', ["stop env ''", "stop env '-2'", 'stop generator']],
    ['load a', ["stop env ''", "stop env '-2'", 'stop generator']],
    ['load own', ["stop env ''", "stop env '-2'", 'stop generator']],
    ['inject own-fault', ["stop env ''", "stop env '-2'", 'stop generator']],
    ["flush env ''", ["stop env ''", "stop env '-2'", 'stop generator']],
    ['counters a after', ["stop env ''", "stop env '-2'", 'stop generator']],
    ["stop env '-2'", ["stop env ''", "stop env '-2'", 'stop generator']],
    ["stop env ''", ["stop env ''", "stop env '-2'", 'stop generator']],
    ['stop generator', ["stop env ''", "stop env '-2'", 'stop generator']],
  ])('%s', async (step, stopped) => {
    runner.on.set(step, broken(`${step} failed`))
    const own = isolated('own')
    const short = { ...own, faults: own.faults.map((fault) => ({ ...fault, untilMs: 1 })) }
    await expect(runner.run([[calm('a'), short]])).rejects.toThrow(`${step} failed`)
    expect(stops()).toEqual(stopped)
    const { log } = runner
    const injected = log.includes('inject own-fault') && step !== 'inject own-fault'
    expect(log.includes('heal own-fault')).toBe(injected)
  })

  test('what starts late is stopped, too', async () => {
    const late = Promise.withResolvers<void>()
    runner.on.set("start env ''", broken('no port'))
    runner.on.set('start generator', () => late.promise)
    const running = runner.run([[calm('a')]])
    const failed = expect(running).rejects.toThrow('no port')
    late.resolve()
    await failed
    expect(stops()).toEqual(['stop generator'])
  })

  test('an open fault is healed before its environment is stopped', async () => {
    onceInjected(broken('the load worker failed'))
    await expect(runner.run([[isolated('own')]])).rejects.toThrow('the load worker failed')
    const { log } = runner
    expect(log.indexOf('heal own-fault')).toBeGreaterThan(0)
    expect(log.indexOf('heal own-fault')).toBeLessThan(log.indexOf("stop env '-1'"))
  })

  test('the others of the batch come to their end first', async () => {
    const slow = Promise.withResolvers<void>()
    runner.on.set('load a', broken('a failed'))
    runner.on.set('load b', () => slow.promise)
    const running = runner.run([[calm('a'), calm('b')], [calm('c')]])
    const failed = expect(running).rejects.toThrow('a failed')
    slow.resolve()
    await failed
    expect(runner.log).toContain('counters b after')
    expect(runner.log).not.toContain('plan c')
  })
})

describe('an interrupt ends the run at once, in good order', () => {
  const interrupt = () => runner.stopping.abort()

  test('before it began nothing is started', async () => {
    interrupt()
    expect(await runner.run([[calm('a')]])).toEqual({ interrupted: true })
    expect(runner.log).toEqual([])
  })

  test.each(["start env ''", 'start generator', 'warm up'])('while it is busy with: %s', async (step) => {
    runner.on.set(step, () => {
      setImmediate(interrupt)
      return untilAborted(runner.stopping)
    })
    expect(await runner.run([[calm('a')]])).toEqual({ interrupted: true })
    expect(runner.log).not.toContain('plan a')
    const started = ["start env ''", 'start generator'].filter((other) => other !== step)
    expect(stops()).toEqual(started.map((other) => other.replace('start', 'stop')).toSorted())
  })

  test('while an environment of its own starts: its neighbour is stopped', async () => {
    runner.on.set("start env '-2'", () => {
      setImmediate(interrupt)
      return untilAborted(runner.stopping)
    })
    expect(await runner.run([[isolated('x'), isolated('y')]])).toEqual({ interrupted: true })
    expect(stops()).toEqual(["stop env '-1'", 'stop generator'])
  })

  test('under load: the generator is told, faults that would last a minute are healed, nothing more is read', async () => {
    const told = Promise.withResolvers<void>()
    runner.on.set('stop generator', told.resolve)
    onceInjected(interrupt)
    const load = runner.on.get('load own')
    runner.on.set('load own', async () => {
      await load?.()
      await told.promise
    })
    expect(await runner.run([[isolated('own')], [calm('b')]])).toEqual({ interrupted: true })
    const { log } = runner
    expect(log).toContain('heal own-fault')
    expect(log.indexOf('heal own-fault')).toBeLessThan(log.indexOf("stop env '-1'"))
    expect(log).not.toContain('counters own after')
    expect(log).not.toContain('plan b')
    expect(runner.events.map(({ kind }) => kind)).not.toContain('scenario-ended')
  })

  test('after the last batch it is none', async () => {
    runner.on.set("stop env ''", interrupt)
    expect(await runner.run([[calm('a')]])).toEqual({ interrupted: false })
  })
})

describe('the pulse', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout', 'hrtime'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  test('beats from the first step to the last, and then no more', async () => {
    const slow = (ms: number) => () => new Promise<void>((resolve) => setTimeout(resolve, ms))
    runner.on.set("start env ''", slow(1000))
    runner.on.set("stop env ''", slow(500))
    const running = runner.run([[calm('a')]])
    await vi.advanceTimersByTimeAsync(2000)
    await running
    const beats = runner.events.filter(({ kind }) => kind === 'heartbeat').map(({ atMs }) => atMs)
    expect(Math.max(...beats) - Math.min(...beats)).toBeGreaterThan(1350)
    await heartbeatsAreOver()
  })

  test('ends also when a stop fails', async () => {
    runner.on.set("stop env ''", broken('no answer'))
    const running = expect(runner.run([[calm('a')]])).rejects.toThrow('no answer')
    await vi.advanceTimersByTimeAsync(1000)
    await running
    await heartbeatsAreOver()
  })
})
