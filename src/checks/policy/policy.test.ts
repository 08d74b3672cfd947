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

  test('whose machine was too slow for one request in ten is inconclusive', () => {
    const builder = history()
    for (let index = 0; index < 2; index++) builder.request({ id: `late-${index}`, atMs: 1000 + index * 600, ...fine })
    builder.add({ kind: 'heartbeat', atMs: 1000, lateMs: 80 }, { kind: 'heartbeat', atMs: 1600, lateMs: 80 })
    const conclusion = builder.judge()
    expect(conclusion.verdict).toBe('inconclusive')
    expect(conclusion.skipped).toBe(2)
  })

  test('a heartbeat far away makes nobody late', () => {
    const builder = history().add({ kind: 'heartbeat', atMs: 3000, lateMs: 80 })
    expect(builder.judge().verdict).toBe('pass')
  })

  test("a late heartbeat of the runner, which takes no part in a mesh's times, makes nobody late", () => {
    const builder = history()
    for (let index = 0; index < 2; index++) builder.request({ id: `late-${index}`, atMs: 1000 + index * 600, ...fine })
    const late = { kind: 'heartbeat', src: 'runner', lateMs: 80 } as const
    const conclusion = builder.add({ ...late, atMs: 1000 }, { ...late, atMs: 1600 }).judge()
    expect([conclusion.verdict, conclusion.skipped]).toEqual(['pass', 0])
  })
})
