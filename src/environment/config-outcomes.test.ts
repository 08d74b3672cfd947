import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { NewEvent } from '../core/history.ts'
import { configOutcomes, type RejectedConfig } from './config-outcomes.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function open() {
  const events: NewEvent[] = []
  const rejected: RejectedConfig[] = []
  const outcomes = configOutcomes({
    scenario: 'calm',
    emit: (event) => events.push(event),
    now: () => 7,
    inUsersNames: (_, text) => text.replaceAll('s1-', ''),
    onRejected: (one) => rejected.push(one),
  })
  return { outcomes, events, rejected }
}

const line = 'REST config for /v3/discovery:routes rejected: no such cluster s1-user'
const refused = { kind: 'rejected', type: 'routes', version: 'v2', node: 'book' } as const
const event = { src: 'control-plane', atMs: 7, scenario: 'calm', type: 'routes', version: 'v2' }

test('what was accepted is told at once', () => {
  const { outcomes, events } = open()
  outcomes.learnt({ ...refused, kind: 'accepted' })
  expect(events).toEqual([{ ...event, kind: 'config-accepted', detail: '' }])
})

describe('a refusal has its reason', () => {
  const expected = { ...event, kind: 'config-rejected', detail: 'no such cluster user' }

  test('when the log came first', async () => {
    const { outcomes, events, rejected } = open()
    outcomes.logged(line)
    outcomes.learnt(refused)
    await vi.advanceTimersByTimeAsync(0)
    expect(events).toEqual([expected])
    expect(rejected).toEqual([{ type: 'routes', version: 'v2', reason: 'no such cluster user' }])
  })

  test('when the log comes later', async () => {
    const { outcomes, events } = open()
    outcomes.learnt(refused)
    outcomes.logged(line.replace('routes', 'clusters'))
    await vi.advanceTimersByTimeAsync(100)
    expect(events).toEqual([])
    outcomes.logged(line)
    await vi.advanceTimersByTimeAsync(0)
    expect(events).toEqual([expected])
  })

  test('or says that there is none, when the log does not come', async () => {
    const { outcomes, events } = open()
    outcomes.learnt(refused)
    await vi.advanceTimersByTimeAsync(500)
    expect(events).toMatchObject([{ kind: 'config-rejected', detail: 'Envoy gave no reason in its log' }])
  })

  test('which is not the reason of an earlier one', async () => {
    const { outcomes, events } = open()
    outcomes.logged(line)
    outcomes.learnt({ ...refused, kind: 'accepted', version: 'v1' })
    outcomes.learnt(refused)
    await vi.advanceTimersByTimeAsync(500)
    expect(events.at(-1)).toMatchObject({ kind: 'config-rejected', detail: 'Envoy gave no reason in its log' })
  })
})

describe('settled', () => {
  test('resolves when the version was taken or refused', async () => {
    const { outcomes } = open()
    const waiting = outcomes.settled('routes', 'v2', 60_000)
    outcomes.learnt({ ...refused, kind: 'accepted', version: 'v1' })
    outcomes.learnt(refused)
    outcomes.logged(line)
    await waiting
    await outcomes.settled('routes', 'v2', 60_000)
  })

  test('has a limit', async () => {
    const { outcomes } = open()
    const waiting = outcomes.settled('routes', 'v2', 100)
    await vi.advanceTimersByTimeAsync(100)
    await waiting
  })
})
