// One table for the fault kinds of pipelines: what they do, in words, and what they refuse.

import { describe, expect, test } from 'vitest'
import type { FaultKind } from '../core/fault.ts'
import { abort } from './abort.ts'
import { cutBody, slowBody } from './body-faults.ts'
import { crash } from './crash.ts'
import { delay } from './delay.ts'
import { duplicate, late, timeout } from './delivery-faults.ts'
import { partialFailure } from './partial-failure.ts'
import { freeze } from './process-faults.ts'
import { reset } from './reset.ts'
import { throttle } from './throttle.ts'

type Kind = FaultKind<never>

const call = { function: 'main', service: 'kinesis', operation: 'PutRecords', objects: ['b/1'], entries: 10 }

function atCall(kind: unknown, settings: unknown, roll = 0, occurrence = 1, given: Partial<typeof call> = {}) {
  const it = kind as Kind
  const rolls = { each: () => roll, object: () => roll }
  return it.planCall?.(it.schema.parse(settings), { ...call, ...given, occurrence }, rolls)
}

function atInvocation(kind: unknown, settings: unknown, roll = 0, occurrence = 1) {
  const it = kind as Kind
  const rolls = { each: () => roll, object: () => roll }
  return it.planInvocation?.(it.schema.parse(settings), { function: 'main', objects: ['b/1'], occurrence }, rolls)
}

describe.each([
  ['abort', abort, { status: 500 }, { status: 500 }],
  ['delay', delay, { duration: '1.5s' }, { delayMs: 1500 }],
  ['throttle', throttle, {}, { throttle: true }],
  ['reset', reset, {}, { reset: 'before' }],
  ['lost response', reset, { when: 'after' }, { reset: 'after' }],
  ['partial-failure', partialFailure, { entries: 10 }, { refuseEntries: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] }],
  ['cut-body', cutBody, { after: 0.25 }, { cutBodyRatio: 0.25 }],
  ['slow-body', slowBody, { bytesPerSecond: 500 }, { bodyBytesPerSecond: 500 }],
  ['crash', crash, { when: 'after' }, { crash: 'after' }],
])('a call under %s', (_name, kind, settings, action) => {
  test('is hit when its roll is below the ratio', () => {
    expect(atCall(kind, settings, 0.999)).toEqual(action)
    expect(atCall(kind, { ...settings, ratio: 0.3 }, 0.299)).toEqual(action)
    expect(atCall(kind, { ...settings, ratio: 0.3 }, 0.3)).toBeUndefined()
  })
})

describe.each([
  ['throttle', throttle, {}, { throttle: true }],
  ['crash', crash, {}, { crash: 'before' }],
  ['timeout', timeout, {}, { timeout: true }],
  ['duplicate', duplicate, { times: 2 }, { duplicates: 2 }],
  ['late', late, { duration: '2s' }, { delayMs: 2000 }],
])('an invocation under %s', (_name, kind, settings, action) => {
  test('is hit when its roll is below the ratio', () => {
    expect(atInvocation(kind, settings, 0.999)).toEqual(action)
    expect(atInvocation(kind, { ...settings, ratio: 0.3 }, 0.3)).toBeUndefined()
  })
})

test('first: only so many with the same objects', () => {
  const acts = [1, 2, 3].map((occurrence) => atCall(throttle, { first: 2 }, 0, occurrence) !== undefined)
  expect(acts).toEqual([true, true, false])
  // A duplicate is an invocation too.
  expect(atInvocation(duplicate, {}, 0, 2)).toBeUndefined()
})

describe('partial failure', () => {
  const refused = (settings: unknown, roll: number, given = {}) =>
    atCall(partialFailure, settings, roll, 1, given)?.refuseEntries ?? []

  test('a number of entries, or a share of them, at least one', () => {
    expect(refused({}, 0.1)).toHaveLength(1)
    expect(refused({ entries: 3 }, 0.1)).toHaveLength(3)
    expect(refused({ entries: 0.3 }, 0.1)).toHaveLength(3)
    expect(refused({ entries: 0.01 }, 0.1)).toHaveLength(1)
    expect(refused({ entries: 99 }, 0.1)).toHaveLength(10)
  })

  test('different ones in order, the same for the same roll', () => {
    const entries = refused({ entries: 5 }, 0.4)
    expect(entries).toEqual([...new Set(entries)].sort((a, b) => a - b))
    expect(entries.every((entry) => entry >= 0 && entry < 10)).toBe(true)
    expect(refused({ entries: 5 }, 0.4)).toEqual(entries)
    expect(refused({ entries: 5 }, 0.7)).not.toEqual(entries)
  })

  test('of PutRecords only', () => {
    expect(refused({}, 0, { operation: 'PutRecord' })).toEqual([])
    expect(refused({}, 0, { service: 'dynamodb' })).toEqual([])
  })
})

test('freeze: the emulator, until it is healed', async () => {
  const log: string[] = []
  const surface = {
    freezeEmulator: async () => {
      log.push('freeze')
      return async () => void log.push('heal')
    },
  }
  const fault = { name: 'f', kind: 'freeze', target: 'emulator', fromMs: 0, untilMs: 1, config: {} }
  const heal = await freeze.injectPipeline?.(fault, {}, surface)
  await heal?.()
  expect(log).toEqual(['freeze', 'heal'])
})

test.each<[unknown, unknown, string]>([
  [throttle, { ratio: 0.05 }, 'throttled on 5 % of calls'],
  [throttle, { first: 1 }, 'throttled on all calls, the first for each object'],
  [reset, {}, 'connection reset on all connections'],
  [reset, { when: 'after', first: 2 }, 'response lost on all calls, the first 2 for each object'],
  [partialFailure, { ratio: 0.5 }, '1 entry refused on 50 % of calls'],
  [partialFailure, { entries: 0.2 }, '20 % of entries refused on all calls'],
  [cutBody, {}, 'body ends midway on all answers'],
  [slowBody, { bytesPerSecond: 100 }, 'body at 100 bytes/s on all answers'],
  [crash, { when: 'after' }, 'killed after it on all occasions'],
  [timeout, {}, 'timed out on all invocations'],
  [duplicate, { ratio: 0.1 }, 'delivered 2 times on 10 % of invocations, the first for each object'],
  [late, { duration: '1s' }, 'delivered 1.00 s late on all invocations'],
])('in words: %#', (kind, settings, words) => {
  const it = kind as Kind
  expect(it.describe(it.schema.parse(settings))).toBe(words)
})

test.each<[unknown, unknown]>([
  [throttle, { ratio: 2 }],
  [throttle, { first: 0 }],
  [throttle, { frist: 1 }],
  [reset, { when: 'during' }],
  [partialFailure, { entries: 0 }],
  [partialFailure, { entries: 1.5 }],
  [cutBody, { after: 1 }],
  [slowBody, {}],
  [slowBody, { bytesPerSecond: 0 }],
  [crash, { when: 'during' }],
  [duplicate, { times: 0 }],
  [late, {}],
  [late, { duration: '3 days' }],
])('is refused: %# %o', (kind, settings) => {
  expect((kind as Kind).schema.safeParse(settings).success).toBe(false)
})
