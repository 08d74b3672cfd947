// What counts although the machine stood still now and then, and that a rule which could judge nothing is no pass.

import { expect, test } from 'vitest'
import { declaredPolicy, outlier, plainRoute } from './declared-example.ts'
import { expectOnly } from './expect-only.ts'
import { HistoryBuilder, type Request } from './history-builder.ts'
import { busy } from './the-one.ts'

const lateMs = 80

test('a timer that ran over by more than the machine was late is found', () => {
  const wrong: readonly [string, Omit<Request, 'id' | 'atMs'>][] = [
    ['back-off', { tries: [{ code: 503 }, { code: 200, backOffMs: 250 }] }],
    ['per-try-timeout', { tries: [{ code: 0, flags: ['UT'], tookMs: 1600 }, { code: 200 }] }],
    ['per-try-timeout', { tries: [{ code: 0, flags: ['UT'], tookMs: 500 }, { code: 200 }] }],
    ['route-timeout', { method: 'POST', tries: [{ code: 0, tookMs: 3600 }] }],
  ]
  for (const [rule, request] of wrong) {
    const builder = busy(request)
    for (const atMs of [420, 900, 1400, 2000, 3400]) builder.add({ kind: 'heartbeat', atMs, lateMs })
    expectOnly(rule, builder)
  }
})

/** Host 1 fails three times in a row, host 2 answers well for the rest of the time. */
function failing() {
  const declared = declaredPolicy({ routes: [plainRoute], cluster: { outlier } })
  const builder = new HistoryBuilder(declared)
  for (const [index, atMs] of [105, 115, 125].entries()) {
    builder.request({ id: `bad-${index}`, atMs, tries: [{ code: 503, host: 1 }] })
  }
  for (let index = 0; index < 60; index++) {
    builder.request({ id: `good-${index}`, atMs: 100 + index * 30, tries: [{ code: 200, host: 2 }] })
  }
  return builder.add({ kind: 'heartbeat', atMs: 150, lateMs })
}

test('an ejection that has not come long after is missed on a slow machine, too', () => {
  expectOnly('ejection-due', failing())
})

test('an ejection that came late is not proof there, and its rule saw nothing that it could judge', () => {
  const conclusion = failing().ejection(330, 1, 700).judge()
  expect(conclusion.findings).toEqual([])
  expect(conclusion.figures?.['ejection-due.late']).toBe(1)
  expect(conclusion.verdict).toBe('inconclusive')
  expect(conclusion.summary).toContain('the machine was too slow to judge ejection-due even once')
})
