import { setTimeout as later } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { monotonicMs } from '../../core/clock.ts'
import { InputError } from '../../core/errors.ts'
import type { NewEvent, ObjectPut } from '../../core/history.ts'
import type { ObjectsRecord, PipelineScenario } from '../../core/scenario-record.ts'
import { type ObjectLoad, runObjectLoad } from './object-load.ts'
import { planObjects } from './object-plan.ts'
import { source } from './test-source.ts'

type Put = Omit<ObjectPut, 'seq'>

function loadOf(objects: readonly ObjectsRecord[], changes: Partial<ObjectLoad> = {}) {
  const scenario: PipelineScenario = {
    name: 'steady',
    about: '',
    file: '(inline)',
    durationMs: 1000,
    faults: [],
    expect: [],
    isolated: true,
    pipeline: {
      config: 'config.yml',
      shards: 1,
      objects,
      operations: [],
      sink: { serviceTimeMs: 0 },
      fanOut: false,
      settleMs: 1000,
      asyncRetryMs: [100, 200],
    },
  }
  const events: Put[] = []
  const told: string[] = []
  const startMs = monotonicMs()
  const load: ObjectLoad = {
    scenario,
    seed: 'seed',
    startMs,
    originMs: startMs - 500,
    destOf: (bucket) => (bucket === 'logs' ? 'slow' : 'fast'),
    bucketOf: (name) => `stack-${name}`,
    put: async (bucket, key) => void told.push(`put ${bucket}/${key}`),
    onObject: (object) => void told.push(`object ${object}`),
    emit: (event: NewEvent) => {
      if (event.kind === 'object-put') events.push(event)
    },
    signal: new AbortController().signal,
    ...changes,
  }
  return { load, events, told }
}

test('every planned object is put under its deployed name, told to the sink first and to the history after', async () => {
  const { load, events, told } = loadOf([source({ ratePerSecond: 50, untilMs: 100 }), source({ bucket: 'other' })])
  await runObjectLoad(load)
  expect(events.length).toBe(15)
  const objects = events.map(({ object }) => object)
  expect(new Set(objects)).toEqual(
    new Set([
      ...Array.from({ length: 5 }, (_, index) => `stack-logs/app/00000${index}.log`),
      ...Array.from({ length: 10 }, (_, index) => `stack-other/app/00000${index}.log`),
    ]),
  )
  for (const object of objects) {
    expect(told.indexOf(`object ${object}`)).toBeGreaterThanOrEqual(0)
    expect(told.indexOf(`object ${object}`)).toBeLessThan(told.indexOf(`put ${object}`))
  }
  for (const event of events) {
    expect(event).toMatchObject({ src: 'load', scenario: 'steady', lines: 10, format: 's3-lines', unreadable: false })
    expect(event.dest).toBe(event.source === 0 ? 'slow' : 'fast')
    expect(event.atMs).toBeGreaterThanOrEqual(event.intendedMs)
    expect(event.bytes).toBeGreaterThan(0)
  }
})

test('the load is open: what is due is put although nothing before it was answered', async () => {
  const allBegun = Promise.withResolvers<void>()
  let begun = 0
  const { load, events } = loadOf([source({ ratePerSecond: 100, untilMs: 100 })], {
    put: () => {
      if (++begun === 10) allBegun.resolve()
      return allBegun.promise
    },
  })
  await runObjectLoad(load)
  expect(events.length).toBe(10)
})

test('what S3 refuses is told with its error, and the others go on', async () => {
  const { load, events } = loadOf([source({ ratePerSecond: 50, untilMs: 100 })], {
    put: async (_, key) => {
      if (key.includes('000002'))
        throw Object.assign(new Error('Please reduce your request rate.'), { name: 'SlowDown' })
    },
  })
  await runObjectLoad(load)
  expect(events.filter(({ error }) => error !== undefined).map(({ object, error }) => [object, error])).toEqual([
    ['stack-logs/app/000002.log', 'SlowDown: Please reduce your request rate.'],
  ])
  expect(events.length).toBe(5)
})

test('an abort ends it at once, and puts that are answered later are not told', async () => {
  const stop = new AbortController()
  const answer = Promise.withResolvers<void>()
  const { load, events } = loadOf([source({ ratePerSecond: 50, untilMs: 10_000 })], {
    put: () => answer.promise,
    signal: stop.signal,
  })
  const running = runObjectLoad(load)
  await later(60)
  stop.abort()
  await running
  answer.resolve()
  await later(5)
  expect(events).toEqual([])
})

test('a bug in the parts is thrown, not swallowed', async () => {
  const { load } = loadOf([source()], {
    onObject: () => {
      throw new Error('a bug')
    },
  })
  await expect(runObjectLoad(load)).rejects.toThrow('a bug')
})

test('no objects, no wait', async () => {
  const { load, events } = loadOf([source({ ratePerSecond: 0 })])
  await runObjectLoad(load)
  expect(events).toEqual([])
})

describe('plan', () => {
  test('the same seed gives the same times; a burst has its own', () => {
    const burst = source({ arrivals: { kind: 'step', toPerSecond: 100, atMs: 500 } })
    const plan = planObjects('a', 'x', [burst, source({ prefix: 'other/' })])
    expect(plan).toEqual(planObjects('a', 'x', [burst, source({ prefix: 'other/' })]))
    expect(plan).not.toEqual(planObjects('b', 'x', [burst, source({ prefix: 'other/' })]))
    expect(plan.filter(({ source: index }) => index === 0).map(({ index }) => index)).toEqual(
      Array.from({ length: 55 }, (_, index) => index),
    )
    expect(plan.map(({ atMs }) => atMs)).toEqual(plan.map(({ atMs }) => atMs).toSorted((a, b) => a - b))
  })

  test('two sources with the same keys are refused', () => {
    expect(() => planObjects('a', 'x', [source(), source({ lines: 3 })])).toThrow(InputError)
    expect(planObjects('a', 'x', [source(), source({ bucket: 'other' })]).length).toBe(20)
  })
})
