import { describe, expect, test } from 'vitest'
import type { FaultRecord } from '../core/scenario-record.ts'
import { planRequests } from './plan.ts'
import { sampleRecord, sampleRegistry, sampleTraffic } from './registry.sample.ts'

const abort: FaultRecord = {
  name: 'flaky',
  kind: 'abort',
  target: 'user-cluster',
  fromMs: 200,
  untilMs: 400,
  config: { status: 503, ratio: 1 },
}
const clustersOf = ({ host }: { readonly host: string }) => [`${host}-cluster`]
const everyTenMs = () => Array.from({ length: 100 }, (_, index) => index * 10)
const plan = (faults: readonly FaultRecord[], seed = 'seed', maxAttempts?: number) =>
  planRequests({ ...sampleRecord, faults }, seed, everyTenMs, sampleRegistry, clustersOf, maxAttempts)

describe('requests', () => {
  test('carry what the scenario says, an id and their time', () => {
    const requests = plan([])
    expect(requests).toHaveLength(100)
    expect(requests[2]).toEqual({
      id: expect.stringMatching(/^[0-9a-z]{7}-0-3$/),
      traffic: 0,
      atMs: 20,
      method: 'GET',
      host: 'user',
      path: '/',
      headers: {},
      bodyBytes: 0,
      timeoutMs: 10_000,
      plan: [],
    })
  })

  test('of several traffics come in the order of their times', () => {
    const record = { ...sampleRecord, traffic: [sampleTraffic, sampleTraffic] }
    const requests = planRequests(record, 's', (_traffic, index) => [index, 5 + index], sampleRegistry, clustersOf)
    expect(requests.map(({ atMs, traffic }) => [atMs, traffic])).toEqual([
      [0, 0],
      [1, 1],
      [5, 0],
      [6, 1],
    ])
  })
})

describe('a planned fault', () => {
  test('is carried by requests intended within its window, for each attempt', () => {
    const hit = plan([abort]).filter((request) => request.plan.length > 0)
    expect(hit.map((request) => request.atMs)).toEqual(Array.from({ length: 20 }, (_, index) => 200 + index * 10))
    expect(hit[0]?.plan).toEqual(
      Array.from({ length: 8 }, (_, index) => ({
        fault: 'flaky',
        attempt: index + 1,
        status: 503,
        target: 'user-cluster',
      })),
    )
    expect(plan([abort], 'seed', 2)[20]?.plan).toHaveLength(2)
  })

  test('names its host', () => {
    expect(plan([{ ...abort, host: 2 }])[20]?.plan[0]).toMatchObject({ host: 2 })
  })

  test('is carried by nobody when its target gets no traffic', () => {
    expect(plan([{ ...abort, target: 'other-cluster' }]).every((request) => request.plan.length === 0)).toBe(true)
  })

  test('that acts on its own is carried by nobody', () => {
    expect(plan([{ ...abort, kind: 'kill', config: {} }]).every((request) => request.plan.length === 0)).toBe(true)
  })

  test('of an unregistered kind is a bug', () => {
    expect(() => plan([{ ...abort, kind: 'burn' }])).toThrow('fault kind burn is not registered')
  })

  test('comes with another seed to other requests', () => {
    const half = [{ ...abort, fromMs: 0, untilMs: 1000, config: { status: 503, ratio: 0.5 } }]
    expect(plan(half, 'one')).not.toEqual(plan(half, 'two'))
    expect(plan(half, 'one').map(({ id }) => id)).toEqual(plan(half, 'two').map(({ id }) => id))
  })
})
