import { expect, test } from 'vitest'
import type { HistoryEvent, NewEvent, PlannedFault } from '../core/history.ts'
import { collectScenarios } from './collect.ts'
import { base, collect, ended, header, request, retried, scenario, started } from './collected-requests.ts'

test('counts a planned fault as fired only where the fault hop flagged that very attempt', () => {
  const injected: NewEvent = {
    ...base,
    src: 'runner',
    kind: 'fault-injected',
    atMs: 1000,
    fault: 'stop',
    target: 'control-plane',
    detail: '',
  }
  const slow: PlannedFault = { fault: 'slow', attempt: 1, delayMs: 5, target: 'user-development', host: 2 }
  const onTwo = request(
    'r5',
    1300,
    200,
    [{ startMs: 1300, endMs: 1310, code: 200, host: 2, seenFlags: ['DI'] }],
    [slow],
  )
  const onOne = request('r6', 1400, 200, [{ startMs: 1400, endMs: 1404, code: 200, host: 1 }], [slow])
  const { first } = collect([started, injected, ...retried, ...onTwo, ...onOne, ended])
  expect(first.faults.map(({ name, fired, about }) => [name, fired, about])).toEqual([
    ['flaky', 2, 'about flaky'],
    ['slow', 1, 'about slow'],
    ['stop', 1, 'about stop'],
  ])
})

test('counts what the dice hit, while they rolled and where nothing was planned', () => {
  const dice = {
    name: 'dice',
    kind: 'abort',
    target: 'user-development',
    fromMs: 0,
    untilMs: 1000,
    config: { dice: true },
  }
  const collection = collectScenarios({ ...header, scenarios: [{ ...scenario, faults: [dice] }] })
  const change = (kind: 'fault-injected' | 'fault-healed', atMs: number): NewEvent => ({
    ...base,
    src: 'runner',
    kind,
    atMs,
    fault: 'dice',
    target: 'user-development',
    detail: '',
  })
  const hit = (id: string, atMs: number) =>
    request(id, atMs, 503, [{ startMs: atMs, endMs: atMs + 1, code: 503, seenFlags: ['FI'] }])
  const events = [started, ...hit('before', 1050), change('fault-injected', 1100), ...hit('a', 1200), ...hit('b', 1300)]
  events.push(...request('plain', 1400, 503, [{ startMs: 1400, endMs: 1401, code: 503 }]), change('fault-healed', 1500))
  events.push(...hit('after', 1600), ended)
  events.forEach((event, seq) => {
    collection.observe({ ...event, seq } as HistoryEvent)
  })
  expect(collection.finish()[0]?.faults[0]?.fired).toBe(2)
})
