import { expect, test } from 'vitest'
import type { SyntheticJourney } from '../../core/synthetic-pipeline.ts'
import { collectJourneys } from './collected-journeys.ts'

const examplesOf = (journeys: readonly SyntheticJourney[]) => collectJourneys(journeys).pipeline.examples

test('what was lost comes first, then what is under way, parked, repeated, tried often, slow', () => {
  const fates = ['delivered', 'retried', 'doubled', 'parked', 'in-lane', 'refused', 'skipped'] as const
  const examples = examplesOf(
    fates.map((fate, index) => ({ object: `logs/${fate}`, atMs: index * 500, lines: 2, fate })),
  )
  expect(examples.map(({ object, why }) => [object, why])).toEqual([
    ['logs/refused', 'lost'],
    ['logs/skipped', 'lost'],
    ['logs/in-lane', 'in-flight'],
    ['logs/parked', 'parked'],
    ['logs/doubled', 'repeated'],
    ['logs/retried', 'most-attempts'],
    ['logs/delivered', 'slowest'],
  ])
})

test('an object is told hop by hop up to where it vanished', () => {
  const [example] = examplesOf([{ object: 'logs/a', atMs: 0, lines: 2, fate: 'refused', fault: 'throttle' }])
  expect(example?.story).toBe('never seen in a lane, 2 lines lost')
  expect(example?.timeline.map(({ lane, label, outcome }) => `${lane}: ${label} (${outcome})`)).toEqual([
    'put: 2 lines, 200 B, for fast (ok)',
    'event-pusher: returned (ok)',
    'kinesis.PutRecords: 200, 1 of 1 entries refused (fault throttle) (failed)',
  ])
})

test('retries, parking and the drain are on the way', () => {
  const [example] = examplesOf([{ object: 'logs/a', atMs: 0, lines: 2, fate: 'drained' }])
  expect(example?.why).toBe('most-attempts')
  expect(example?.story).toMatch(
    /^in lane fast after 12 ms, main ran 4 times and failed 3 times, 2 of 2 lines delivered after 2\.\d\d s$/,
  )
  const rows = example?.timeline.map(({ lane, label }) => `${lane}: ${label}`) ?? []
  expect(rows).toContain('main: error (attempt 2): Error')
  expect(rows.find((row) => row.startsWith('parked'))).toMatch(/^parked: the handler failed; drained after 1\.\d\d s$/)
  expect(rows.at(-1)).toBe('delivered: 2 lines')
})

test('of many objects ten are shown, and the slowest are the slowest', () => {
  const journeys = Array.from({ length: 3000 }, (_, index): SyntheticJourney => {
    return { object: `logs/${index}`, atMs: index * 10, lines: 2, ...(index % 500 === 7 ? { fate: 'retried' } : {}) }
  })
  const examples = examplesOf(journeys)
  expect(examples.map(({ why }) => why)).toEqual(['most-attempts', 'slowest', 'slowest', 'slowest'])
  expect(examples.slice(0, 3).every(({ story }) => story.includes('main ran twice'))).toBe(true)
  expect(examples.every(({ timeline }) => timeline.length > 5)).toBe(true)
  expect(examplesOf(journeys.map((one) => ({ ...one, fate: 'refused' as const })))).toHaveLength(10)
})
