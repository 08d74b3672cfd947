import { describe, expect, test } from 'vitest'
import type { MeshScenario } from '../core/scenario-record.ts'
import { packScenarios } from './pack.ts'
import { sampleRecord, sampleTraffic } from './registry.sample.ts'

const worstAttempts = () => 4
const names = (records: readonly MeshScenario[], isolatedTogether?: number) =>
  packScenarios(records, {
    attemptsPerSecondMax: 500,
    worstAttempts,
    ...(isolatedTogether === undefined ? {} : { isolatedTogether }),
  }).map((batch) => batch.scenarios.map((record) => record.name))

function scenario(name: string, ratePerSecond: number, rest: Partial<MeshScenario> = {}): MeshScenario {
  const durationMs = rest.durationMs ?? 1000
  return { ...sampleRecord, name, traffic: [{ ...sampleTraffic, ratePerSecond, untilMs: durationMs }], ...rest }
}

function faultBetween(fromMs: number, untilMs: number): Pick<MeshScenario, 'faults'> {
  return { faults: [{ name: 'f', kind: 'abort', target: 'c', fromMs, untilMs, config: {} }] }
}

describe('packScenarios', () => {
  test('nothing to pack, no batch', () => {
    expect(names([])).toEqual([])
  })

  test('side by side up to the limit', () => {
    expect(names([scenario('a', 200), scenario('b', 300), scenario('c', 100)])).toEqual([['a', 'b'], ['c']])
  })

  test('the longest first, so short ones fill what it leaves', () => {
    const records = [scenario('short', 300), scenario('long', 300, { durationMs: 3000 }), scenario('brief', 200)]
    expect(names(records)).toEqual([['long', 'brief'], ['short']])
  })

  test('attempts count at their worst while a fault is on, and not before or after', () => {
    const early = scenario('early', 100, faultBetween(0, 400))
    expect(names([early, scenario('late', 100, faultBetween(400, 1000))])).toEqual([['early', 'late']])
    expect(names([early, scenario('overlap', 100, faultBetween(399, 1000))])).toEqual([['early'], ['overlap']])
  })

  test('ramps and steps count at each moment', () => {
    const with_ = (arrivals: MeshScenario['traffic'][number]['arrivals'], ratePerSecond: number) => ({
      traffic: [{ ...sampleTraffic, arrivals, ratePerSecond }],
    })
    const up = scenario('up', 0, with_({ kind: 'ramp', toPerSecond: 400 }, 100))
    const down = scenario('down', 0, with_({ kind: 'ramp', toPerSecond: 100 }, 400))
    expect(names([up, down])).toEqual([['up', 'down']])
    expect(names([up, scenario('flat', 101)])).toEqual([['up'], ['flat']])
    const step = scenario('step', 0, with_({ kind: 'step', toPerSecond: 400, atMs: 500 }, 10))
    expect(names([step, down])).toEqual([['step'], ['down']])
  })

  test('isolated scenarios share a batch two by two', () => {
    const isolated = ['a', 'b', 'c'].map((name) => scenario(name, 10, { isolated: true }))
    expect(names([...isolated, scenario('d', 10)])).toEqual([['a', 'b', 'd'], ['c']])
    expect(names(isolated, 1)).toEqual([['a'], ['b'], ['c']])
  })

  test('one above the limit runs alone, with a warning', () => {
    const [storm, calm] = packScenarios(
      [scenario('storm', 200, { durationMs: 2000, ...faultBetween(0, 500) }), scenario('calm', 1)],
      { attemptsPerSecondMax: 500, worstAttempts },
    )
    expect(storm).toMatchObject({ durationMs: 2000, peakAttemptsPerSecond: 800 })
    expect(storm?.scenarios).toHaveLength(1)
    expect(storm?.warnings).toEqual([
      'storm: up to 800 attempts/s are planned, above the 500/s that count as honest here; it runs alone',
    ])
    expect(calm?.warnings).toEqual([])
  })
})
