import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { LineRange, NewEvent } from '../../core/history.ts'
import { numbered } from '../../core/synthetic-history.ts'
import { type SyntheticFate, type SyntheticJourney, syntheticPipelineRun } from '../../core/synthetic-pipeline.ts'
import { ledger } from './ledger.ts'
import type { LineFate } from './ledger-state.ts'

// Journeys with known ends, in random number, order and interleaving; the ledger must come to the same ends line by line.

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
      lines: fc.integer({ min: 0, max: 12 }),
      fate: fc.constantFrom(...fates),
      poisonAt: fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined }),
      dest: fc.constantFrom('fast', 'slow', 'drop'),
      gapMs: fc.integer({ min: 1, max: 700 }),
    }),
    { minLength: 1, maxLength: 25 },
  )
  .map((drawn) => {
    let atMs = 0
    return drawn.map(({ lines, fate, poisonAt, dest, gapMs }, index): SyntheticJourney => {
      atMs += gapMs
      const poison: LineRange[] =
        poisonAt === undefined || poisonAt > lines ? [] : [{ first: poisonAt, last: poisonAt }]
      return { object: `logs/${index}`, atMs, lines, poison, dest, fate }
    })
  })

/** What must be said of a line, from the journey alone. */
function expectedFate({ fate = 'delivered', poison = [] }: SyntheticJourney, line: number): LineFate {
  const bad = poison.some(({ first, last }) => first <= line && line <= last)
  switch (fate) {
    case 'delivered':
    case 'retried':
    case 'drained':
      return bad ? 'parked' : 'delivered once'
    case 'doubled':
      return bad ? 'parked' : 'delivered more often'
    case 'parked':
      return 'parked'
    case 'skipped':
      return bad ? 'parked' : 'lost'
    case 'in-lane':
    case 'working':
      return 'in flight'
    case 'refused':
    case 'reporter-lost':
    case 'dispatched':
      return 'lost'
  }
}

const later: NewEvent = {
  kind: 'operator-acted',
  src: 'runner',
  scenario: 'synthetic',
  atMs: 60_000,
  action: 'look',
  detail: '',
}

const stateOf = (events: readonly NewEvent[]) => {
  const book = ledger([100, 200])
  for (const event of numbered(events)) book.observe(event)
  return book.conclude()
}

/** Every lane has its own shard here, and a record that stands is passed over once a later batch begins. */
function lastOfItsLane(all: readonly SyntheticJourney[], { fate, dest }: SyntheticJourney): boolean {
  return fate !== 'in-lane' || !all.some((one) => one.fate !== 'in-lane' && one.fate !== 'refused' && one.dest === dest)
}

test('the fate of every line is the one that its journey had', () => {
  fc.assert(
    fc.property(journeys, (drawn) => {
      const state = stateOf(syntheticPipelineRun(drawn, [later]))
      for (const journey of drawn) {
        if (!lastOfItsLane(drawn, journey)) continue
        for (let line = 1; line <= (journey.lines ?? 1); line++) {
          const fate = journey.dest === 'drop' ? undefined : expectedFate(journey, line)
          expect([journey, line, state.fate(journey.object, line)]).toEqual([journey, line, fate])
        }
      }
      const { deliveredOnce, deliveredMoreOften, parked, inFlight, lost, lines } = state
      expect(deliveredOnce + deliveredMoreOften + parked + inFlight + lost).toBe(lines)
      expect(state.neverOwed + state.altered).toBe(0)
    }),
  )
})

test('one delivery less of a good history is one lost line, and it is named', () => {
  const good = journeys.map((all) => all.map((one): SyntheticJourney => ({ ...one, dest: 'fast', fate: 'delivered' })))
  fc.assert(
    fc.property(good, fc.nat(), (drawn, pick) => {
      const events = syntheticPipelineRun(drawn, [later]).flatMap(eachLine)
      const deliveries = events.filter(({ kind }) => kind === 'line-delivered')
      fc.pre(deliveries.length > 0)
      const removed = deliveries[pick % deliveries.length]
      if (removed?.kind !== 'line-delivered') throw new Error('no delivery')
      expect(stateOf(events).lost).toBe(0)
      const state = stateOf(events.filter((event) => event !== removed))
      const { object, line } = removed
      expect(state.lostRuns).toEqual([{ object, first: line, last: line }])
      expect(state.path(object, line).sentence).toMatch(/lost in main$/)
    }),
  )
})

test('one delivery more is one doubled line', () => {
  const good = journeys.map((all) => all.map((one): SyntheticJourney => ({ ...one, dest: 'slow', fate: 'retried' })))
  fc.assert(
    fc.property(good, fc.nat(), (drawn, pick) => {
      const events = syntheticPipelineRun(drawn, [later]).flatMap(eachLine)
      const deliveries = events.filter(({ kind }) => kind === 'line-delivered')
      fc.pre(deliveries.length > 0)
      const again = deliveries[pick % deliveries.length]
      if (again?.kind !== 'line-delivered') throw new Error('no delivery')
      const { object, line } = again
      const state = stateOf([...events, again])
      expect(state.doubledRuns).toEqual([{ object, first: line, last: line }])
      expect(state).toMatchObject({ lost: 0, extraDeliveries: 1 })
    }),
  )
})

/** Runs of lines taken apart. */
function eachLine(event: NewEvent): NewEvent[] {
  if (event.kind !== 'line-delivered') return [event]
  const { last = event.line, ...one } = event
  return Array.from({ length: last - event.line + 1 }, (_, index) => ({ ...one, line: event.line + index }))
}
