// The check as a whole: what passes, what is inconclusive, and what it counts.

import { describe, expect, test } from 'vitest'
import { HistoryBuilder } from './history-builder.ts'
import { fine, history, saved, withRequest } from './the-one.ts'

describe('a whole history', () => {
  test('passes, and says how much each rule looked at', () => {
    const conclusion = withRequest({ tries: saved }).judge()
    expect(conclusion.findings).toEqual([])
    expect(conclusion.verdict).toBe('pass')
    expect(conclusion.looked).toBe(21)
    expect(conclusion.figures).toMatchObject({ 'complete.looked': 21, 'route.looked': 21, 'back-off.looked': 1 })
  })

  test('without requests is inconclusive', () => {
    const conclusion = new HistoryBuilder().judge()
    expect(conclusion.verdict).toBe('inconclusive')
    expect(conclusion.summary).toContain('no request could be examined')
  })

  test('without counters is inconclusive', () => {
    const conclusion = history().judge({}, { counters: false })
    expect(conclusion.verdict).toBe('inconclusive')
    expect(history().judge({ disable: ['counters'] }, { counters: false }).verdict).toBe('pass')
  })

  /** Two of 22 requests on a machine that stood still. */
  const onLateMachine = (src: string, tries?: Parameters<typeof withRequest>[0]['tries']) => {
    const builder = history()
    for (let index = 0; index < 2; index++) {
      const one = { id: `late-${index}`, atMs: 1000 + index * 600, ...fine }
      builder.request(tries === undefined ? one : { ...one, tries })
    }
    const late = { kind: 'heartbeat', src, lateMs: 80 } as const
    return builder.add({ ...late, atMs: 1000 }, { ...late, atMs: 1600 }).judge()
  }
  /** Above the 24 ms of the first back-off, so that only the tolerance could excuse it. */
  const waiting = [{ code: 503 }, { code: 200, backOffMs: 30 }]

  test('whose machine was too slow to time one request in ten is inconclusive', () => {
    const { verdict, skipped } = onLateMachine('load', waiting)
    expect([verdict, skipped]).toEqual(['inconclusive', 2])
  })

  test('where no timer fired or was due it does not matter how late the machine was', () => {
    for (const tries of [undefined, saved]) {
      const { verdict, skipped } = onLateMachine('load', tries)
      expect([verdict, skipped]).toEqual(['pass', 0])
    }
  })

  test('a heartbeat far away makes nobody late', () => {
    const builder = history().add({ kind: 'heartbeat', atMs: 3000, lateMs: 80 })
    expect(builder.judge().verdict).toBe('pass')
  })

  test("a late heartbeat of the runner, which takes no part in a mesh's times, makes nobody late", () => {
    const { verdict, skipped } = onLateMachine('runner', waiting)
    expect([verdict, skipped]).toEqual(['pass', 0])
  })
})
