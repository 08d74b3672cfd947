import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ArrivalsRecord, MeshScenario } from '../core/scenario-record.ts'
import { packScenarios } from './pack.ts'
import { sampleRecord, sampleTraffic } from './registry.sample.ts'
import { ratePerSecondAt } from './traffic-rate.ts'

const rate = fc.integer({ min: 0, max: 400 })
const window = fc
  .tuple(fc.nat(2000), fc.nat(2000))
  .map(([left, right]) => ({ fromMs: Math.min(left, right), untilMs: Math.max(left, right) + 1 }))

const arrivals: fc.Arbitrary<ArrivalsRecord> = fc.oneof(
  fc.constantFrom<ArrivalsRecord>({ kind: 'constant' }, { kind: 'poisson' }),
  rate.map((toPerSecond) => ({ kind: 'ramp' as const, toPerSecond })),
  fc.tuple(rate, fc.nat(2000)).map(([toPerSecond, atMs]) => ({ kind: 'step' as const, toPerSecond, atMs })),
)
const traffic = fc
  .tuple(rate, arrivals, window)
  .map(([ratePerSecond, kind, span]) => ({ ...sampleTraffic, ratePerSecond, arrivals: kind, ...span }))

const records: fc.Arbitrary<readonly MeshScenario[]> = fc
  .array(
    fc.record({
      traffic: fc.array(traffic, { maxLength: 2 }),
      faults: fc.array(
        window.map((span) => ({ name: 'f', kind: 'abort', target: 'c', config: {}, ...span })),
        { maxLength: 2 },
      ),
      isolated: fc.boolean(),
      durationMs: fc.integer({ min: 2001, max: 5000 }),
    }),
    { maxLength: 12 },
  )
  .map((list) => list.map((one, index) => ({ ...sampleRecord, name: `s${index}`, ...one })))

const options = (isolatedTogether: number) => ({
  attemptsPerSecondMax: 500,
  isolatedTogether,
  worstAttempts: (record: MeshScenario) => 1 + (record.durationMs % 4),
})

test('every scenario is in exactly one batch, isolated ones few enough, the batch as long as its longest', () => {
  fc.assert(
    fc.property(records, fc.integer({ min: 1, max: 3 }), (all, isolatedTogether) => {
      const batches = packScenarios(all, options(isolatedTogether))
      const packed = batches.flatMap((batch) => batch.scenarios.map(({ name }) => name))
      expect(packed.toSorted()).toEqual(all.map(({ name }) => name).toSorted())
      for (const batch of batches) {
        expect(batch.scenarios.filter(({ isolated }) => isolated).length).toBeLessThanOrEqual(isolatedTogether)
        expect(batch.durationMs).toBe(Math.max(...batch.scenarios.map(({ durationMs }) => durationMs)))
      }
    }),
  )
})

test('planned attempts stay at or below the limit at every moment, but for one that is above it alone', () => {
  fc.assert(
    fc.property(records, (all) => {
      for (const { scenarios, peakAttemptsPerSecond, warnings } of packScenarios(all, options(2))) {
        for (let atMs = 0; atMs <= 2001; atMs += 7) {
          const together = scenarios.reduce((sum, record) => sum + attemptsPerSecond(record, atMs), 0)
          expect(together).toBeLessThanOrEqual(peakAttemptsPerSecond + 1e-6)
        }
        const above = peakAttemptsPerSecond > 500 + 1e-6
        expect(warnings).toHaveLength(above ? 1 : 0)
        if (above) expect(scenarios).toHaveLength(1)
      }
    }),
    { numRuns: 60 },
  )
})

/** Written anew, so that it does not share a mistake with the code. */
function attemptsPerSecond(record: MeshScenario, atMs: number): number {
  const rates = record.traffic.map((one) => ratePerSecondAt(one, atMs, 'after'))
  const faulty = record.faults.some(({ fromMs, untilMs }) => fromMs <= atMs && atMs < untilMs)
  return rates.reduce((sum, one) => sum + one, 0) * (faulty ? options(2).worstAttempts(record) : 1)
}

test('no two batches could be one', () => {
  fc.assert(
    fc.property(records, (all) => {
      const batches = packScenarios(all, options(100))
      for (const [index, batch] of batches.entries()) {
        for (const later of batches.slice(index + 1)) {
          const merged = packScenarios([...batch.scenarios, ...later.scenarios], options(100))
          expect(merged.length).toBeGreaterThan(1)
        }
      }
    }),
    { numRuns: 60 },
  )
})
