import { describe, expect, test } from 'vitest'
import type { LineDelivered, NewEvent } from '../../core/history.ts'
import { numbered } from '../../core/synthetic-history.ts'
import { type SyntheticFate, type SyntheticJourney, syntheticPipelineRun } from '../../core/synthetic-pipeline.ts'
import { ledger } from './ledger.ts'

const stateOf = (events: readonly NewEvent[]) => {
  const book = ledger([100, 200])
  for (const event of numbered(events)) book.observe(event)
  return book.conclude()
}
const later: NewEvent = {
  kind: 'operator-acted',
  src: 'runner',
  scenario: 'synthetic',
  atMs: 30_000,
  action: 'look',
  detail: '',
}
const journey = (changes: Partial<SyntheticJourney>): SyntheticJourney => {
  return { object: 'logs/a', atMs: 1103, lines: 3, ...changes }
}
const endOf = (changes: Partial<SyntheticJourney>, others: readonly NewEvent[] = [later]) =>
  stateOf(syntheticPipelineRun([journey(changes)], others))
const delivery = (line: number, changes: Partial<LineDelivered> = {}): NewEvent => {
  return {
    kind: 'line-delivered',
    src: 'sink',
    scenario: 'synthetic',
    atMs: 25_000,
    object: 'logs/a',
    line,
    ...changes,
  }
}

describe('what becomes of three lines', () => {
  const fates: readonly (readonly [SyntheticFate, object])[] = [
    ['delivered', { deliveredOnce: 3 }],
    ['retried', { deliveredOnce: 3 }],
    ['doubled', { deliveredMoreOften: 3, extraDeliveries: 3 }],
    ['parked', { parked: 3 }],
    ['drained', { deliveredOnce: 3 }],
    ['in-lane', { inFlight: 3 }],
    ['working', { inFlight: 3 }],
    ['refused', { lost: 3 }],
    ['skipped', { lost: 3 }],
    ['reporter-lost', { lost: 3 }],
    ['dispatched', { lost: 3 }],
  ]
  const none = { deliveredOnce: 0, deliveredMoreOften: 0, parked: 0, inFlight: 0, lost: 0, altered: 0, neverOwed: 0 }
  test.each(fates)('%s', (fate, expected) => {
    expect(endOf({ fate })).toMatchObject({ objects: 1, lines: 3, ...none, ...expected })
  })
  test('poison lines are to be parked, once more after a drain', () => {
    const poison = [{ first: 2, last: 2 }]
    expect(endOf({ poison })).toMatchObject({ deliveredOnce: 2, parked: 1, lost: 0 })
    expect(endOf({ poison, fate: 'drained' })).toMatchObject({ deliveredOnce: 2, parked: 1, lost: 0 })
    expect(endOf({ poison, fate: 'skipped' })).toMatchObject({ parked: 1, lost: 2 })
  })
  test('an unreadable object is to be parked whole, even without a line', () => {
    expect(endOf({ unreadable: true })).toMatchObject({ parked: 3, lost: 0 })
    expect(endOf({ unreadable: true, fate: 'reporter-lost' })).toMatchObject({ lost: 3 })
    expect(endOf({ unreadable: true, lines: 0, fate: 'refused' })).toMatchObject({ lines: 1, lost: 1 })
  })
  test('an empty object owes nothing', () => {
    expect(endOf({ lines: 0 })).toMatchObject({ objects: 1, lines: 0, ...none })
  })
})

describe('a hand-over is believed for a while only', () => {
  test.each(['dispatched', 'refused'] as const)('%s, and the history ends', (fate) => {
    expect(endOf({ fate }, [])).toMatchObject(
      fate === 'dispatched' ? { inFlight: 3, lost: 0 } : { inFlight: 0, lost: 3 },
    )
  })
  test('an object that EventPusher was not told of', () => {
    const put = syntheticPipelineRun([journey({})]).filter(
      ({ kind }) => kind === 'object-put' || kind.startsWith('scenario'),
    )
    expect(stateOf(put)).toMatchObject({ inFlight: 3, lost: 0 })
    const state = stateOf([...put, later])
    expect(state.lost).toBe(3)
    expect(state.path('logs/a', 1).sentence).toBe(
      'put at 1.103 s; EventPusher was never invoked: lost between the bucket and event-pusher',
    )
  })
  test('failed with attempts left', () => {
    const events = syntheticPipelineRun([journey({ fate: 'parked' })])
    const failed = events.findIndex(({ kind }) => kind === 'function-failed')
    expect(stateOf(events.slice(0, failed + 1))).toMatchObject({ inFlight: 3, lost: 0 })
    expect(stateOf([...events.slice(0, failed + 1), later])).toMatchObject({ inFlight: 0, lost: 3 })
  })
  test('failed for good, and the DLQ is not there', () => {
    const events = syntheticPipelineRun([journey({ fate: 'parked' })])
    const third = events.findLastIndex(({ kind }) => kind === 'function-failed')
    expect(stateOf(events.slice(0, third + 1))).toMatchObject({ inFlight: 3 })
    const state = stateOf([...events.slice(0, third + 1), later])
    expect(state.path('logs/a', 1).sentence).toMatch(/Reporter was never invoked: lost between main and reporter$/)
  })
})

describe('the witness', () => {
  const sentence = (fate: SyntheticFate, line = 2) => endOf({ fate }).path('logs/a', line).sentence
  test('lost behind a partial failure that nobody looked at', () => {
    expect(sentence('refused')).toBe(
      'put at 1.103 s; kinesis.PutRecords answered 200 with 1 of 1 refused; event-pusher returned; no record in a lane: lost between event-pusher and lane fast',
    )
  })
  test('lost in Main, between Dispatcher and Main, before the table', () => {
    expect(sentence('skipped')).toMatch(/main returned; Main did not deliver this line: lost in main$/)
    expect(sentence('dispatched')).toMatch(/Main was never invoked: lost between dispatcher-fast and main$/)
    expect(sentence('reporter-lost')).toMatch(/no item names this line: lost between main and the error table$/)
  })
  test('lost in a Dispatcher that took the record and did not invoke Main', () => {
    const events = syntheticPipelineRun([journey({ fate: 'dispatched' })], [later]).filter(
      (event) => !(event.kind === 'aws-called' && event.service === 'lambda'),
    )
    expect(stateOf(events).path('logs/a', 1).sentence).toMatch(/it did not invoke Main: lost in dispatcher-fast$/)
  })
  test('lost by a drain that deletes and does not put', () => {
    const events = syntheticPipelineRun([journey({ fate: 'drained' })], [later])
    const drained = events.findIndex(({ kind }) => kind === 'item-drained')
    const state = stateOf([...events.slice(0, drained + 2), later])
    expect(state).toMatchObject({ lost: 3, parked: 0 })
    expect(state.path('logs/a', 1).sentence).toMatch(/lost between the error table and lane fast$/)
  })
  test('the record that a drain put back may be seen before its item is seen to be gone', () => {
    const events = syntheticPipelineRun([journey({ fate: 'drained' })], [later])
    const swapped = events.map((event) => (event.kind === 'item-drained' ? { ...event, atMs: event.atMs + 5 } : event))
    const undelivered = swapped.filter(({ kind }) => kind !== 'line-delivered')
    const state = stateOf(undelivered.sort((left, right) => left.atMs - right.atMs))
    expect(state.path('logs/a', 1).sentence).toMatch(/lost in main$/)
  })
  test('the timeline has a row for each hop and one for the loss', () => {
    const { timeline } = endOf({ fate: 'refused' }).path('logs/a', 2)
    expect(timeline.map(({ lane, outcome }) => `${lane} ${outcome}`)).toEqual([
      'bucket ok',
      'event-pusher ok',
      'event-pusher failed',
      'line failed',
    ])
  })
  test('of what was never put', () => {
    expect(endOf({}).path('logs/b', 1).sentence).toBe('nothing is known of it: this object was never put')
    expect(endOf({}).path('logs/a', 9).sentence).toMatch(/the object has 3 lines: line 9 was never owed$/)
  })
  test('a storm of retries keeps the beginning and the end', () => {
    const storm = Array.from({ length: 3000 }, (_, index): NewEvent => {
      const atMs = 2000 + index
      const base = {
        src: 'executor',
        scenario: 'synthetic',
        atMs,
        function: 'main',
        invocation: `x-${index}`,
        attempt: 1,
      }
      return { ...base, kind: 'function-invoked', objects: ['logs/a'] }
    })
    const { sentence, timeline } = endOf({ fate: 'skipped' }, [...storm, later]).path('logs/a', 1)
    expect(sentence).toMatch(/^put at 1.103 s; .* hops left out/)
    expect(timeline.length).toBeLessThanOrEqual(60)
  })
})

describe('what nobody was owed', () => {
  test('altered texts, lines beyond the end, unknown objects, dropped objects, poison', () => {
    const strays = (changes: Partial<SyntheticJourney>, others: readonly NewEvent[]) => endOf(changes, others).strays
    expect(strays({ fate: 'refused' }, [delivery(1, { altered: true })])).toMatchObject([{ first: 1, why: 'altered' }])
    expect(strays({}, [delivery(3, { last: 6 })])).toMatchObject([{ first: 4, last: 6, why: 'beyond the last line' }])
    expect(strays({}, [delivery(1, { object: 'logs/b' })])).toMatchObject([{ object: 'logs/b', why: 'unknown object' }])
    expect(strays({ dest: 'drop' }, [delivery(1)])).toMatchObject([{ why: 'dropped by routing' }])
    expect(strays({ poison: [{ first: 2, last: 2 }] }, [delivery(2)])).toMatchObject([{ why: 'no parser can read it' }])
  })
  test('a put that failed may have worked', () => {
    const events = syntheticPipelineRun([journey({})]).map((event) =>
      event.kind === 'object-put' ? { ...event, error: 'timeout' } : event,
    )
    expect(stateOf(events)).toMatchObject({ objects: 0, failedPuts: 1, lines: 0, neverOwed: 0, lost: 0 })
  })
})

test('deliveries that stand before the put in the file count all the same', () => {
  const events = syntheticPipelineRun([journey({})])
  const put = events.findIndex(({ kind }) => kind === 'object-put')
  const moved = [...events.slice(0, put), ...events.slice(put + 1), ...events.slice(put, put + 1)]
  expect(stateOf(moved)).toMatchObject({ deliveredOnce: 3, neverOwed: 0 })
})

test('a batch of which a part failed comes again and takes nothing else off the lane', () => {
  const both = syntheticPipelineRun([journey({ object: 'logs/b', atMs: 1102 }), journey({ fate: 'dispatched' })])
  const events = both.map((event) =>
    event.kind === 'function-invoked' && event.function === 'dispatcher-fast' && event.objects[0] === 'logs/b'
      ? { ...event, objects: ['logs/b', 'logs/a'] }
      : event,
  )
  const backInLane = events.flatMap((event): NewEvent[] =>
    event.kind === 'record-in-lane' && event.object === 'logs/a'
      ? [{ ...event, atMs: 9000, sequence: `${event.sequence}9` }]
      : [],
  )
  expect(stateOf([...events, ...backInLane, later])).toMatchObject({ deliveredOnce: 3, inFlight: 3 })
})

test('equal texts do not matter: one lost and one doubled are both seen', () => {
  const events = syntheticPipelineRun([journey({ lines: 2 })], [later]).map((event) =>
    event.kind === 'line-delivered' ? { ...event, last: 1 } : event,
  )
  const state = stateOf([...events, delivery(1)])
  expect(state).toMatchObject({ deliveredMoreOften: 1, lost: 1 })
  expect([state.fate('logs/a', 1), state.fate('logs/a', 2)]).toEqual(['delivered more often', 'lost'])
})

test('it may be asked between events, and more than once', () => {
  const book = ledger([100, 200])
  const seen = numbered(syntheticPipelineRun([journey({ fate: 'drained' })])).map((event) => {
    book.observe(event)
    const { parked, deliveredOnce } = book.conclude()
    return `${parked} ${deliveredOnce}`
  })
  expect([...new Set(seen)]).toEqual(
    ['0 0', '3 0', '0 0', '0 3'].filter((one, index, all) => all.indexOf(one) === index),
  )
  expect(book.conclude()).toMatchObject({ deliveredOnce: 3, parked: 0 })
})
