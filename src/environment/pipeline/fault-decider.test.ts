import { describe, expect, test } from 'vitest'
import type { FaultKind } from '../../core/fault.ts'
import type { CallSeen, Rolls } from '../../core/pipeline-fault.ts'
import type { FaultRecord, PipelineScenario } from '../../core/scenario-record.ts'
import { faultDecider } from './fault-decider.ts'

interface Settings {
  readonly action: Record<string, unknown>
  readonly ratio?: number
  readonly upTo?: number
}

/** Does what its settings say. */
const stub = {
  name: 'stub',
  planCall: ({ action, ratio = 1, upTo = Number.POSITIVE_INFINITY }: Settings, call: CallSeen, rolls: Rolls) =>
    call.occurrence <= upTo && rolls.each() < ratio ? action : undefined,
  planInvocation: ({ action }: Settings) => action,
} as unknown as FaultKind

const fault = (name: string, config: Settings, given: Partial<FaultRecord> = {}): FaultRecord => {
  return { name, kind: 'stub', target: '*', fromMs: 0, untilMs: 1000, config, ...given }
}

function decider(faults: readonly FaultRecord[], { seed = 'seed', elapsedMs = (): number => 0 } = {}) {
  const scenario = { name: 'scenario', faults } as unknown as PipelineScenario
  return faultDecider({ scenario, kinds: [stub], seed, elapsedMs })
}

const call = (object = 'b/1', role = 'main') => {
  return { function: role, service: 's3', operation: 'GetObject', objects: [object], entries: 1 }
}

test('counts what has the same function, operation and objects', () => {
  const { decideCall } = decider([fault('f', { action: { status: 500 }, upTo: 2 })])
  expect([1, 2, 3].map(() => decideCall(call())?.action)).toEqual([{ status: 500 }, { status: 500 }, undefined])
  expect(decideCall(call('b/2'))).toBeDefined()
  expect(decideCall(call('b/1', 'drain'))).toBeDefined()
  expect(decideCall({ ...call(), operation: 'HeadObject' })).toBeDefined()
})

test('acts in its window only', () => {
  let nowMs = 99
  const it = decider([fault('f', { action: { status: 500 } }, { fromMs: 100, untilMs: 200 })], {
    elapsedMs: () => nowMs,
  })
  const acts = (atMs: number) => {
    nowMs = atMs
    return it.decideCall(call()) !== undefined
  }
  expect([99, 100, 199.9, 200].map(acts)).toEqual([false, true, true, false])
})

test('rolls belong to the seed, and to what is decided, not to the order in which it is asked', () => {
  const faults = [fault('f', { action: { status: 500 }, ratio: 0.5 })]
  const objects = Array.from({ length: 200 }, (_, index) => `b/${index}`)
  const hit = (seed: string, order: readonly string[]) => {
    const it = decider(faults, { seed })
    return order.filter((object) => it.decideCall(call(object)) !== undefined).sort()
  }
  const first = hit('a', objects)
  expect(hit('a', objects.toReversed())).toEqual(first)
  expect(hit('b', objects)).not.toEqual(first)
  expect(first.length).toBeGreaterThan(60)
  expect(first.length).toBeLessThan(140)
})

describe('several faults', () => {
  test('the first that acts wins, and delays add up', () => {
    const { decideCall } = decider([
      fault('late', { action: { delayMs: 100 } }),
      fault('never', { action: { status: 503 }, ratio: 0 }),
      fault('throttled', { action: { throttle: true, delayMs: 5 } }),
      fault('reset', { action: { reset: 'before' } }),
    ])
    expect(decideCall(call())).toEqual({
      action: { throttle: true, delayMs: 105 },
      fault: 'throttled',
      detail: '105 ms late (late, throttled), throttled',
    })
  })

  test('a delay alone', () => {
    const { decideCall } = decider([fault('late', { action: { delayMs: 100 } })])
    expect(decideCall(call())).toEqual({ action: { delayMs: 100 }, fault: 'late', detail: '100 ms late' })
  })
})

test('a target of calls leaves invocations alone, and the other way round', () => {
  const it = decider([
    fault('c', { action: { status: 500 } }, { target: 'main/s3.*' }),
    fault('i', { action: { crash: 'before' } }, { target: 'reporter' }),
  ])
  expect(it.decideCall(call())?.fault).toBe('c')
  expect(it.decideCall(call('b/1', 'reporter'))).toBeUndefined()
  expect(it.decideInvocation({ function: 'main', objects: ['b/1'] })).toBeUndefined()
  expect(it.decideInvocation({ function: 'reporter', objects: ['b/1'] })).toEqual({
    action: { crash: 'before' },
    fault: 'i',
    detail: 'process killed before',
  })
})

test('an experiment is named behind its fault', () => {
  const { decideInvocation } = decider([fault('every', { action: { duplicates: 1, experiment: 'main:duplicate' } })])
  expect(decideInvocation({ function: 'main', objects: [] })?.fault).toBe('every:main:duplicate')
})
