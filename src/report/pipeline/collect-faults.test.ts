import { describe, expect, test } from 'vitest'
import type { AwsCalled, NewEvent } from '../../core/history.ts'
import { experimentOf, pipelineExperiments } from '../../core/pipeline-experiments.ts'
import type { FaultRecord } from '../../core/scenario-record.ts'
import { syntheticPipelineRun } from '../../core/synthetic-pipeline.ts'
import { collectEvents, collectJourneys } from './collected-journeys.ts'

const base = { scenario: 'synthetic' } as const
const fault = (name: string): FaultRecord => {
  return { name, kind: 'crash', target: 'main', fromMs: 0, untilMs: 9000, config: {} }
}
const invoked = (atMs: number, invocation: string, attempt: number, faultName?: string): NewEvent => ({
  ...base,
  kind: 'function-invoked',
  src: 'executor',
  atMs,
  function: 'main',
  invocation,
  attempt,
  objects: ['logs/a'],
  ...(faultName === undefined ? {} : { fault: faultName }),
})
const failed = (atMs: number, invocation: string, attempt: number, faultName?: string): NewEvent => ({
  ...base,
  kind: 'function-failed',
  src: 'executor',
  atMs,
  function: 'main',
  invocation,
  attempt,
  durationMs: 5,
  error: 'crash',
  message: '',
  ...(faultName === undefined ? {} : { fault: faultName }),
})
const returned = (atMs: number, invocation: string, attempt: number): NewEvent => {
  return {
    ...base,
    kind: 'function-returned',
    src: 'executor',
    atMs,
    function: 'main',
    invocation,
    attempt,
    durationMs: 5,
  }
}
const called = (atMs: number, changes: Partial<AwsCalled>): NewEvent => ({
  ...base,
  kind: 'aws-called',
  src: 'hop',
  atMs,
  startMs: atMs - 2,
  function: 'main',
  invocation: 'one',
  service: 's3',
  operation: 'GetObject',
  objects: ['logs/a'],
  status: 0,
  error: 'reset',
  applied: false,
  ...changes,
})
const collect = (events: readonly NewEvent[], faults: readonly FaultRecord[]) =>
  collectEvents(syntheticPipelineRun([{ object: 'logs/a', atMs: 0, lines: 2 }], events), faults)

describe('how often a fault fired', () => {
  test('a crash in a call counts once, whichever of hop and executor tells of it first', () => {
    const hop = called(510, { fault: 'boom', detail: 'crash before' })
    const early = collect(
      [invoked(500, 'one', 1), { ...hop, atMs: 505 }, failed(506, 'one', 1, 'boom')],
      [fault('boom')],
    )
    const late = collect([invoked(500, 'one', 1), failed(506, 'one', 1, 'boom'), hop], [fault('boom')])
    for (const { faults, pipeline } of [early, late]) {
      expect(faults).toMatchObject([{ name: 'boom', about: 'about boom', fired: 1 }])
      expect(pipeline.experiments).toMatchObject([{ function: 'main', call: 's3.GetObject', fault: 'boom', fired: 1 }])
    }
  })

  test('a fault of an invocation counts by its beginning, and by its failure where it never began', () => {
    const { faults, pipeline } = collect(
      [invoked(500, 'one', 1, 'late'), returned(520, 'one', 1), failed(600, 'two', 1, 'full')],
      [fault('late'), fault('full'), fault('idle')],
    )
    expect(faults.map(({ name, fired }) => [name, fired])).toEqual([
      ['late', 1],
      ['full', 1],
      ['idle', 0],
    ])
    expect(pipeline.experiments).toMatchObject([
      { call: '', fault: 'full', objects: 0, fired: 1 },
      { call: '', fault: 'late', objects: 1, deliveredOnce: 1 },
    ])
  })
})

describe('experiments', () => {
  test('a fault that does many things is told by what it did, one that does one thing by its name', () => {
    const { pipeline } = collect(
      [
        called(500, { fault: 'each', detail: 'reset before' }),
        called(510, { fault: 'each', detail: 'reset after', applied: true }),
        called(520, { fault: 'slow', detail: 'delay 12 ms', status: 200 }),
      ],
      [fault('each'), fault('slow')],
    )
    expect(pipeline.experiments.map((one) => one.fault)).toEqual(['reset after', 'reset before', 'slow'])
  })

  test('every-single-fault names its experiment, and a call of many objects is about one of them', () => {
    const numbers = pipelineExperiments.map((_, index) => `logs/${index}`)
    const hit = numbers.find((object) => experimentOf(object).name === 'main:s3.GetObject:lost-response') ?? ''
    const { pipeline, faults } = collect(
      [
        called(500, { fault: 'each:main:s3.GetObject:lost-response', objects: numbers }),
        called(510, { fault: 'each:reporter:crash-after:parking', objects: numbers }),
        invoked(520, 'one', 1, 'each:main:duplicate'),
        returned(530, 'one', 1),
      ],
      [fault('each')],
    )
    expect(hit).not.toBe('')
    expect(faults).toMatchObject([{ fired: 3 }])
    expect(pipeline.experiments).toMatchObject([
      { function: 'main', call: '', fault: 'duplicate', fired: 1 },
      { function: 'main', call: 's3.GetObject', fault: 'lost-response', fired: 1, objects: 1 },
    ])
  })

  test('many numbers are one thing, a few are as many', () => {
    const delays = Array.from({ length: 30 }, (_, index) =>
      called(500 + index, { fault: 'each', detail: `delay ${index} ms` }),
    )
    const statuses = [500, 503].map((status) => called(600, { fault: 'each', detail: `status ${status}`, status }))
    const { pipeline } = collect([...delays, ...statuses], [fault('each')])
    expect(pipeline.experiments.map((one) => [one.fault, one.fired])).toEqual([
      ['delay n ms', 30],
      ['status 500', 1],
      ['status 503', 1],
    ])
  })
})

describe('functions and calls', () => {
  test('an invocation again is a retry after a failure and a duplicate without one', () => {
    const { pipeline } = collect(
      [
        ...[invoked(500, 'one', 1), failed(510, 'one', 1), invoked(520, 'one', 2), returned(530, 'one', 2)],
        ...[invoked(600, 'two', 1), returned(610, 'two', 1), invoked(620, 'two', 2), returned(630, 'two', 2)],
      ],
      [],
    )
    const main = pipeline.functions.find((one) => one.function === 'main')
    expect(main).toMatchObject({ invocations: 5, retries: 1, duplicates: 1, failures: { crash: 1 }, provoked: 0 })
    expect(pipeline.functions.map((one) => one.function)).toEqual(['event-pusher', 'dispatcher-fast', 'main'])
  })

  test('a call that was carried out although its caller was told otherwise stands out', () => {
    const { pipeline } = collect([called(500, { applied: true }), called(510, { status: 400, error: 'SlowDown' })], [])
    const get = pipeline.calls.find(({ operation }) => operation === 'GetObject')
    expect(get).toMatchObject({ function: 'main', service: 's3', count: 3, errors: 2, appliedUnseen: 1, faults: 0 })
  })
})

test('items of the ErrorTaskTable stand by their error, with those that a drain took', () => {
  const { pipeline } = collectJourneys([
    { object: 'logs/a', atMs: 0, fate: 'parked' },
    { object: 'logs/b', atMs: 50, fate: 'drained' },
    { object: 'logs/c', atMs: 90, unreadable: true },
  ])
  expect(pipeline.parked).toEqual([
    { error: 'the handler failed', items: 2, drained: 1 },
    { error: 'corrupt gzip', items: 1, drained: 0 },
  ])
  expect(pipeline.operations).toMatchObject([{ action: 'drain', detail: 'all' }])
})
