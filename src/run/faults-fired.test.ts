import { describe, expect, test } from 'vitest'
import type { NewEvent } from '../core/history.ts'
import type { FaultRecord } from '../core/scenario-record.ts'
import {
  numbered,
  type SyntheticRequest,
  syntheticFault,
  syntheticRun,
  syntheticScenario,
} from '../core/synthetic-history.ts'
import { faultsFired } from './faults-fired.ts'

function problems(fault: FaultRecord, events: readonly NewEvent[], clusters: readonly string[] = []): string[] {
  const fold = faultsFired(syntheticScenario({ faults: [fault] }), clusters)
  for (const event of numbered(events)) fold.observe(event)
  return fold.problems()
}

const plan = [{ fault: 'flaky', attempt: 2, status: 503, target: 'user' }]
const hit: SyntheticRequest = {
  id: 'a',
  intendedMs: 10,
  plan,
  attempts: [{ code: 503 }, { code: 503, faultFlags: ['FI'] }],
}
const change = (kind: 'fault-injected' | 'fault-healed', atMs: number): NewEvent => {
  return { kind, src: 'runner', scenario: 'synthetic', atMs, fault: 'flaky', target: 'user', detail: '' }
}

describe('planned', () => {
  test('fired when the planned attempt bears the flag', () => {
    expect(problems(syntheticFault(), syntheticRun([hit]))).toEqual([])
  })
  test('also when the attempt stands before its request in the history', () => {
    expect(problems(syntheticFault(), syntheticRun([hit]).reverse())).toEqual([])
  })
  test('planned, but never seen on its attempt', () => {
    const wrong = { ...hit, attempts: [{ code: 503, faultFlags: ['FI'] }, { code: 200 }] }
    const said = ['fault "flaky" never fired: it was planned for 1 requests and seen on none']
    expect(problems(syntheticFault(), syntheticRun([wrong]))).toEqual(said)
    expect(problems(syntheticFault(), syntheticRun([{ ...hit, attempts: [{}] }]))).toEqual(said)
  })
  test('a limited rate, which has no flag, fired when the fault filter was told of it', () => {
    const slow = syntheticFault({ kind: 'throughput', config: { kibPerSecond: 64, ratio: 1 } })
    const request = { id: 'a', intendedMs: 1, plan: [{ fault: 'flaky', attempt: 1, kibPerSecond: 64, target: 'user' }] }
    expect(problems(slow, syntheticRun([{ ...request, attempts: [{ kibPerSecond: 64 }] }]))).toEqual([])
    expect(problems(slow, syntheticRun([request]))).toEqual([
      'fault "flaky" never fired: it was planned for 1 requests and seen on none',
    ])
  })
  test('planned for no request', () => {
    expect(problems(syntheticFault(), syntheticRun([{ id: 'a', intendedMs: 1 }]))).toEqual([
      'fault "flaky" never fired: it was planned for no request',
    ])
  })
})

describe('dice', () => {
  const dice = syntheticFault({ config: { status: 503, ratio: 0.5, dice: true } })
  const rolled = { id: 'a', intendedMs: 50, attempts: [{ code: 503, faultFlags: ['FI'] }] }
  test('fired when they rolled and a flag was seen meanwhile', () => {
    expect(
      problems(dice, syntheticRun([rolled], [change('fault-injected', 120), change('fault-healed', 300)])),
    ).toEqual([])
  })
  test('rolled without any flag, or the flag came after', () => {
    const said = ['fault "flaky" hit nothing: no attempt on user showed it while it lasted']
    const without = { id: 'a', intendedMs: 50 }
    expect(problems(dice, syntheticRun([without], [change('fault-injected', 120)]))).toEqual(said)
    const after = { ...rolled, intendedMs: 400 }
    expect(problems(dice, syntheticRun([after], [change('fault-injected', 120), change('fault-healed', 300)]))).toEqual(
      said,
    )
  })
})

describe('acting', () => {
  const kill = syntheticFault({ kind: 'kill', config: {} })
  test('fired when injected with traffic on the target', () => {
    expect(problems(kill, syntheticRun([{ id: 'a', intendedMs: 50 }], [change('fault-injected', 120)]))).toEqual([])
  })
  test('never injected', () => {
    expect(problems(kill, syntheticRun([hit]))).toEqual(['fault "flaky" never fired: it was never injected'])
  })
  test('injected into a cluster without traffic', () => {
    const idle = { ...kill, target: 'idle' }
    const run = syntheticRun([{ id: 'a', intendedMs: 50 }], [change('fault-injected', 120)])
    expect(problems(idle, run, ['user', 'idle'])).toEqual([
      'fault "flaky" hit nothing: no attempt on idle showed it while it lasted',
    ])
  })
  test('the control plane needs no attempts of its own', () => {
    const garbage = { ...kill, kind: 'garbage', target: 'control-plane' }
    expect(problems(garbage, syntheticRun([], [change('fault-injected', 120)]))).toEqual([])
  })
})

describe('at the relay', () => {
  const reset = syntheticFault({ kind: 'reset', config: { at: 'request' } })
  const closed = (fault?: string): NewEvent => ({
    kind: 'connection-closed',
    src: 'relay',
    scenario: 'synthetic',
    atMs: 200,
    cluster: 'user',
    host: 1,
    connection: 1,
    client: '127.0.0.1:40001',
    startMs: 190,
    bytesUp: 0,
    bytesDown: 0,
    closedBy: 'relay',
    ...(fault === undefined ? {} : { fault, what: 'reset at request' }),
  })
  const run = syntheticRun([{ id: 'a', intendedMs: 50 }], [change('fault-injected', 120)])

  test('fired when a connection met it', () => {
    expect(problems(reset, [...run, closed('flaky')])).toEqual([])
  })
  test('injected, but no connection met it', () => {
    const said = ['fault "flaky" hit nothing: no connection to user met it']
    expect(problems(reset, [...run, closed(), closed('another')])).toEqual(said)
  })
  test('never injected', () => {
    expect(problems(reset, [closed('flaky')])).toEqual(['fault "flaky" never fired: it was never injected'])
  })

  test.each(['refuse', 'black-hole'])('%s fired when an attempt got no connection meanwhile', (kind) => {
    const port = syntheticFault({ kind, config: {} })
    expect(problems(port, run)).toEqual(['fault "flaky" hit nothing: no attempt on user showed it while it lasted'])
    const failed = run.map((event): NewEvent => (event.kind === 'attempt-logged' ? { ...event, flags: ['UF'] } : event))
    expect(problems(port, failed)).toEqual([])
  })
})
