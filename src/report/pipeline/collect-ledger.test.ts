import { expect, test } from 'vitest'
import type { NewEvent } from '../../core/history.ts'
import type { SyntheticFate, SyntheticJourney } from '../../core/synthetic-pipeline.ts'
import { syntheticPipelineRun } from '../../core/synthetic-pipeline.ts'
import { collectEvents, collectJourneys } from './collected-journeys.ts'

const journey = (fate: SyntheticFate, changes: Partial<SyntheticJourney> = {}): SyntheticJourney => ({
  object: `logs/${fate}.log`,
  atMs: 10,
  lines: 4,
  fate,
  ...changes,
})
const ledgerOf = (journeys: readonly SyntheticJourney[], unsettled?: string) =>
  collectJourneys(journeys, [], unsettled).pipeline.ledger

test.each([
  ['delivered', 'deliveredOnce'],
  ['retried', 'deliveredOnce'],
  ['doubled', 'deliveredMore'],
  ['parked', 'parked'],
  ['drained', 'deliveredOnce'],
  ['refused', 'lost'],
  ['skipped', 'lost'],
  ['reporter-lost', 'lost'],
  ['in-lane', 'inFlight'],
  ['working', 'inFlight'],
] as const)('the lines of an object that is %s end as %s', (fate, end) => {
  const ledger = ledgerOf([journey(fate)])
  expect(ledger).toMatchObject({ objects: 1, lines: 4, [end]: 4 })
})

test('what main was told of and never ran for is under way at a deadline, and lost when everything has settled', () => {
  expect(ledgerOf([journey('dispatched')], 'one object')).toMatchObject({ inFlight: 4, lost: 0 })
  expect(ledgerOf([journey('dispatched')])).toMatchObject({ inFlight: 0, lost: 4 })
})

test('poison lines are parked while their good neighbours are delivered', () => {
  const ledger = ledgerOf([journey('delivered', { poison: [{ first: 2, last: 3 }] })])
  expect(ledger).toMatchObject({ deliveredOnce: 2, parked: 2, unexpected: 0 })
})

test('routing drops lines, and a refused put owes none', () => {
  const [put] = syntheticPipelineRun([journey('delivered', { object: 'logs/refused.log' })]).filter(
    ({ kind }) => kind === 'object-put',
  )
  const refused = { ...put, error: 'SlowDown' } as NewEvent
  const { ledger } = collectJourneys([journey('delivered', { dest: 'drop' })], [refused]).pipeline
  expect(ledger).toMatchObject({ objects: 1, lines: 4, dropped: 4, refusedPuts: 1 })
})

test('deliveries of nothing that was put, and of lines that no parser can read, are unexpected', () => {
  const delivery = (object: string, line: number, last: number): NewEvent => {
    return { kind: 'line-delivered', src: 'sink', scenario: 'synthetic', atMs: 300, object, line, last }
  }
  const poisoned = journey('delivered', { poison: [{ first: 4, last: 4 }] })
  const { ledger } = collectJourneys(
    [poisoned],
    [delivery('logs/never-put.log', 1, 3), delivery(poisoned.object, 4, 4), delivery(poisoned.object, 5, 6)],
  ).pipeline
  expect(ledger).toMatchObject({ lines: 4, deliveredOnce: 4, unexpected: 3 + 1 + 2 })
})

test('a delivery may stand before the put in the file', () => {
  const events = syntheticPipelineRun([journey('delivered')])
  const put = events.find(({ kind }) => kind === 'object-put')
  const others = events.filter((event) => event !== put)
  const { pipeline } = collectEvents([...others.slice(0, -1), ...(put === undefined ? [] : [put]), ...others.slice(-1)])
  expect(pipeline.ledger).toMatchObject({ lines: 4, deliveredOnce: 4, lost: 0 })
})

test('an empty history gives an empty ledger, not a crash', () => {
  const { pipeline, durationMs, requests } = collectEvents([])
  expect(pipeline.ledger).toMatchObject({ objects: 0, lines: 0, lost: 0 })
  expect(pipeline).toMatchObject({ hops: [], functions: [], calls: [], experiments: [], examples: [] })
  expect({ durationMs, sent: requests.sent }).toEqual({ durationMs: 0, sent: 0 })
})
