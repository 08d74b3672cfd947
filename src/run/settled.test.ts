import { describe, expect, test } from 'vitest'
import type { NewEvent } from '../core/history.ts'
import { syntheticRequest } from '../core/synthetic-history.ts'
import { settling } from './settled.ts'

const whole = syntheticRequest({ id: 'a', intendedMs: 0, attempts: [{ code: 503 }, {}] })

/** What is missing after these events; the connections of all attempts were ready. */
function missingAfter(events: readonly NewEvent[]): string | undefined {
  const settled = settling()
  for (const event of events) {
    settled.observe(event.kind === 'attempt-logged' ? { ...event, readyMs: event.startMs } : event)
  }
  return settled.missing()
}

test('nothing was sent, nothing is missing', () => {
  expect(missingAfter([])).toBeUndefined()
})

test('all lines have come, in whatever order', () => {
  expect(missingAfter(whole)).toBeUndefined()
  expect(missingAfter(whole.toReversed())).toBeUndefined()
})

test.each([
  ['request-logged', '1 requests without a log line'],
  ['attempt-logged', 'attempts without a log line'],
  ['attempt-seen', 'attempts not yet seen at the fault listeners'],
])('without one %s something is missing', (kind, missing) => {
  const index = whole.findIndex((event) => event.kind === kind)
  expect(missingAfter(whole.toSpliced(index, 1))).toBe(missing)
})

describe('requests that leave fewer lines', () => {
  const logged = whole.find((event) => event.kind === 'request-logged')

  test.each(['connect', 'not-sent'] as const)('%s: the egress never saw it', (error) => {
    const [sent, answered] = syntheticRequest({ id: 'b', intendedMs: 0, answer: { error }, attempts: [] }).filter(
      ({ kind }) => kind === 'request-sent' || kind === 'request-answered',
    )
    if (sent === undefined || answered === undefined) throw new Error('two events expected')
    expect(missingAfter([sent])).toBe('1 requests without a log line')
    expect(missingAfter([sent, answered])).toBeUndefined()
  })

  test('an attempt that found no healthy host has no line of its own', () => {
    if (logged?.kind !== 'request-logged') throw new Error('a request-logged expected')
    const sent = whole.filter(({ kind }) => kind === 'request-sent')
    expect(missingAfter([...sent, { ...logged, attempts: 1, flags: ['UH'] }])).toBeUndefined()
    expect(missingAfter([...sent, { ...logged, attempts: 0, flags: ['NR'] }])).toBeUndefined()
    expect(missingAfter([...sent, { ...logged, attempts: 1, flags: ['UO'] }])).toBe('attempts without a log line')
  })

  test('an attempt that the relay kept is not seen upstream', () => {
    const base = { src: 'relay', scenario: 'synthetic', atMs: 0, startMs: 0, cluster: 'user', host: 1, connection: 1 }
    const ended = {
      ...base,
      kind: 'connection-closed',
      client: '127.0.0.1:1',
      bytesDown: 0,
      closedBy: 'client',
    } as const
    const unseen = whole.toSpliced(
      whole.findIndex((event) => event.kind === 'attempt-seen'),
      1,
    )
    expect(missingAfter([...unseen, { ...ended, fault: 'hang', bytesUp: 0 }])).toBeUndefined()
    expect(missingAfter([...unseen, { ...ended, fault: 'slow', bytesUp: 9 }])).toBeDefined()
    expect(missingAfter([...unseen, { ...ended, bytesUp: 0 }])).toBeDefined()
  })

  test('an attempt without a connection is not seen upstream', () => {
    const settled = settling()
    for (const event of whole) if (event.kind !== 'attempt-seen') settled.observe(event)
    expect(settled.missing()).toBeUndefined()
  })
})
