import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type SyntheticFate, syntheticPipelineRun } from '../../core/synthetic-pipeline.ts'
import { collectEvents } from './collected-journeys.ts'
import { ends } from './words.ts'

const fates: readonly SyntheticFate[] = [
  'delivered',
  'retried',
  'doubled',
  'parked',
  'drained',
  'refused',
  'skipped',
  'reporter-lost',
  'in-lane',
  'dispatched',
  'working',
]
const journeys = fc
  .array(
    fc.record({
      lines: fc.nat(12),
      fate: fc.constantFrom(...fates),
      dest: fc.constantFrom('fast' as const, 'slow' as const, 'drop' as const),
      unreadable: fc.boolean(),
    }),
    { minLength: 1, maxLength: 20 },
  )
  .map((all) => all.map((one, index) => ({ ...one, object: `logs/${index}`, atMs: index * 13.7 })))

test('every line ends somewhere and only there, whatever became of it and wherever the history was cut', () => {
  fc.assert(
    fc.property(journeys, fc.double({ min: 0, max: 1, noNaN: true }), (all, cut) => {
      const events = syntheticPipelineRun(all)
      const { pipeline } = collectEvents(events.slice(0, Math.ceil(events.length * cut)))
      const { ledger } = pipeline
      expect(ends.reduce((sum, end) => sum + ledger[end], 0)).toBe(ledger.lines)
      for (const one of pipeline.experiments) {
        expect(ends.reduce((sum, end) => sum + one[end], 0)).toBeLessThanOrEqual(one.objects)
      }
      expect(pipeline.examples.length).toBeLessThanOrEqual(10)
      expect(JSON.parse(JSON.stringify(pipeline))).toEqual(pipeline)
    }),
    { numRuns: 200 },
  )
})

test('events of different sources may be interleaved in any way', () => {
  fc.assert(
    fc.property(journeys, fc.infiniteStream(fc.double({ min: 0, max: 60, noNaN: true })), (all, shifts) => {
      const events = syntheticPipelineRun(all)
      const bySource = new Map(events.map(({ src }) => [src, shifts.next().value as number]))
      const late = (src: string): number => (src === 'runner' ? 0 : (bySource.get(src) ?? 0))
      const inner = events.slice(1, -1)
      const shuffled = [...inner].sort((left, right) => left.atMs + late(left.src) - right.atMs - late(right.src))
      const ledgerOf = (order: typeof events) => {
        const { ledger } = collectEvents([...events.slice(0, 1), ...order, ...events.slice(-1)]).pipeline
        return ledger
      }
      expect(ledgerOf(shuffled)).toEqual(ledgerOf(inner))
    }),
    { numRuns: 100 },
  )
})
