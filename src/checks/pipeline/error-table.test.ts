import { describe, expect, test } from 'vitest'
import type { NewEvent } from '../../core/history.ts'
import { type SyntheticJourney, syntheticPipelineRun } from '../../core/synthetic-pipeline.ts'
import { errorTable } from './error-table.ts'
import { muchLater, runPipelineCheck } from './run-pipeline-check.ts'

const journeys: readonly SyntheticJourney[] = [
  { object: 'logs/a', atMs: 0, lines: 3 },
  { object: 'logs/b', atMs: 50, lines: 3, fate: 'parked' },
  { object: 'logs/c', atMs: 100, lines: 5, poison: [{ first: 2, last: 3 }] },
  { object: 'logs/d', atMs: 150, lines: 3, dest: 'slow', fate: 'drained' },
  { object: 'logs/e', atMs: 200, lines: 4, poison: [{ first: 4, last: 4 }], fate: 'drained' },
]
/** Made-up failures are of a planned fault, as in a run. */
const provoked = (event: NewEvent) => (event.kind === 'function-failed' ? { ...event, fault: 'broken' } : event)
const good = syntheticPipelineRun(journeys, [muchLater()])
  .map(provoked)
  .map((event) =>
    event.kind === 'operator-acted' && event.action === 'drain' ? { ...event, detail: '1 chosen' } : event,
  )
const check = (events: readonly NewEvent[]) => runPipelineCheck(errorTable, {}, events)
const messages = (events: readonly NewEvent[]) => check(events).findings.map(({ message }) => message)
const edit = (change: (event: NewEvent) => NewEvent | readonly NewEvent[] | undefined) =>
  good.flatMap((event) => change(event) ?? [])
const unblamed = (event: NewEvent): NewEvent => {
  if (event.kind !== 'function-failed') return event
  const { fault: _, ...rest } = event
  return rest
}
const parked = (object: string) => (event: NewEvent) =>
  event.kind === 'item-parked' && event.tasks.some((task) => task.object === object)

test('exactly what failed', () => {
  expect(check(good)).toMatchObject({
    verdict: 'pass',
    summary: 'exact: 3 failures for good, 2 objects with bad lines, 5 items, 2 drained',
  })
})

test('a fault of one attempt is a reason, and so is one of the emulator as a whole', () => {
  const first = (event: NewEvent) => event.kind === 'function-failed' && event.attempt === 1
  expect(messages(edit((event) => (first(event) ? event : unblamed(event))))).toEqual([])
  const frozen = edit(unblamed)
  const fault = { src: 'runner', scenario: 'synthetic', atMs: 1, fault: 'frozen', target: 'emulator', detail: '' }
  expect(messages([...frozen, { kind: 'fault-injected', ...fault }])).toEqual([])
})

describe('a good history is caught when', () => {
  test('what can be read is parked, and nothing kept it from being read', () => {
    expect(messages(edit(unblamed))).toContainEqual(
      expect.stringMatching(/^logs\/b failed for good in main, though no fault hit it there: /),
    )
  })
  test('an item is missing', () => {
    expect(messages(edit((event) => (parked('logs/b')(event) ? undefined : event)))).toEqual([
      'logs/b failed for good 1 time, and 0 items named it',
    ])
  })
  test('an item names the first of two objects only', () => {
    const both = edit((event) =>
      event.kind === 'function-invoked' && event.function === 'main' && event.objects.includes('logs/b')
        ? { ...event, objects: ['logs/b', 'logs/a'] }
        : event,
    )
    expect(messages(both)).toContain('logs/a failed for good 1 time, and 0 items named it')
  })
  test('an item appears twice, or for what never failed, or was never put', () => {
    const more = (object: string, item: string): NewEvent => {
      const at = { src: 'table', scenario: 'synthetic', atMs: 9000 }
      return { ...at, kind: 'item-parked', item, tasks: [{ object }], error: '' }
    }
    expect(messages([...good, more('logs/b', 'again')])).toEqual([
      '2 items named logs/b (item-1 of logs/b, again), which failed 1 time',
    ])
    expect(messages([...good, more('logs/a', 'odd')])).toEqual(['1 item named logs/a (odd), which failed 0 times'])
    expect(messages([...good, more('logs/z', 'odd')])).toEqual(['item odd names logs/z, which was never put'])
  })
  test('an item for bad lines names the whole object', () => {
    const whole = edit((event) =>
      parked('logs/c')(event) && event.kind === 'item-parked' ? { ...event, tasks: [{ object: 'logs/c' }] } : event,
    )
    expect(check(whole).findings[0]).toMatchObject({ object: 'logs/c', expected: 'lines 2-3', observed: 'all lines' })
  })
  test('bad lines are parked nowhere', () => {
    const swallowed = edit((event) =>
      parked('logs/c')(event) ||
      (event.kind === 'aws-called' && event.service === 'sns' && event.objects.includes('logs/c'))
        ? undefined
        : event,
    )
    expect(messages(swallowed)[0]).toMatch(/^line 2 of logs\/c cannot be read and is not in the table: put at/)
  })
  test('a drained item is not put back, or on the wrong lane, or with other lines', () => {
    const seen = new Set<string>()
    const second = (event: NewEvent): boolean => {
      if (event.kind !== 'record-in-lane' || event.object !== 'logs/d') return false
      if (seen.has(event.object)) return true
      seen.add(event.object)
      return false
    }
    expect(messages(edit((event) => (second(event) ? undefined : event)))).toEqual([
      'item item-1 of logs/d is gone, and no record of logs/d came back into a lane',
    ])
    seen.clear()
    const wrong = edit((event) =>
      second(event) && event.kind === 'record-in-lane' ? { ...event, lane: 'fast' } : event,
    )
    expect(check(wrong).findings).toMatchObject([{ expected: 'lane slow', observed: 'lane fast' }])
    seen.clear()
    const some = [{ first: 1, last: 1 }]
    const fewer = edit((event) =>
      second(event) && event.kind === 'record-in-lane' ? { ...event, lines: some } : event,
    )
    expect(check(fewer).findings).toMatchObject([{ expected: 'all lines', observed: 'lines 1' }])
  })
  test('an item is deleted before its records are put', () => {
    const swapped = edit((event) =>
      event.kind === 'aws-called' && event.function === 'drain' && event.operation === 'DeleteItem'
        ? { ...event, startMs: event.startMs - 8, atMs: event.atMs - 8 }
        : event,
    )
    expect(messages(swapped)).toEqual(
      ['logs/d', 'logs/e'].map((object) => `the item of ${object} was deleted before its record was put into a lane`),
    )
  })
  const once = syntheticPipelineRun([{ ...journeys[1], object: 'logs/b', atMs: 50, fate: 'drained' }], [muchLater()])
  const kept = once.filter(({ kind }) => kind !== 'item-drained')
  const left = 'item item-1 of logs/b was left behind by a drain of all that met no trouble'
  const answered = (answer: { readonly status: number; readonly error?: string; readonly fault?: string }) =>
    kept.map((event) => (event.kind === 'aws-called' && event.function === 'drain' ? { ...event, ...answer } : event))
  test('a drain of all leaves an item behind', () => {
    expect(messages(kept)).toContain(left)
  })
  test('a drain of all asks for what does not exist, or fails by itself', () => {
    expect(messages(answered({ status: 400, error: 'ResourceNotFoundException' }))).toContain(left)
    const failing = kept.map((event): NewEvent => {
      if (event.kind !== 'function-returned' || event.function !== 'drain') return event
      return { ...event, kind: 'function-failed', error: 'error', message: 'TypeError' }
    })
    expect(messages(failing)).toContain(left)
  })
  test('but not when a fault or a throttle kept the drain from it', () => {
    expect(messages(answered({ status: 403, fault: 'denied' }))).not.toContain(left)
    expect(messages(answered({ status: 400, error: 'ProvisionedThroughputExceededException' }))).not.toContain(left)
  })
})

test('of nothing, and of what failed a moment ago, it is inconclusive', () => {
  expect(check([]).verdict).toBe('inconclusive')
  expect(check(syntheticPipelineRun(journeys.slice(0, 1))).verdict).toBe('inconclusive')
  const failing = syntheticPipelineRun(journeys.slice(1, 2)).filter(({ kind }) => kind !== 'item-parked')
  expect(check(failing.map(provoked))).toMatchObject({ verdict: 'inconclusive' })
})
