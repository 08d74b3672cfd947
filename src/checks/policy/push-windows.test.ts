// What a config push does to the oracle.

import { describe, expect, test } from 'vitest'
import { declaredPolicy, outlier, plainRoute, retryRoute } from './declared-example.ts'
import { expectOnly } from './expect-only.ts'
import { HistoryBuilder } from './history-builder.ts'

describe('a config push', () => {
  const later = declaredPolicy({ routes: [plainRoute] })
  const push = (builder: HistoryBuilder, answer: 'config-accepted' | 'config-rejected' = 'config-accepted') =>
    builder
      .add({ kind: 'config-pushed', atMs: 500, type: 'routes', version: '2', detail: '', declared: later })
      .add({ kind: answer, atMs: 520, type: 'routes', version: '2', detail: '' })
  const untouched = () =>
    new HistoryBuilder().request({ id: 'before', atMs: 100, tries: [{ code: 503 }, { code: 200 }] })
  const retriedAt = (atMs: number) => ({ id: 'the-one', atMs, tries: [{ code: 503 }, { code: 200 }] })

  test('while it is under way nothing is judged', () => {
    const conclusion = push(untouched()).request(retriedAt(510)).judge()
    expect(conclusion.findings).toEqual([])
    expect(conclusion.skipped).toBe(1)
  })

  test('afterwards the new policy counts', () => {
    expect(
      push(untouched())
        .request({ id: 'a', atMs: 600, tries: [{ code: 503 }] })
        .judge().findings,
    ).toEqual([])
    expectOnly('attempts', push(untouched()).request(retriedAt(600)))
  })

  test('a rejected one changes nothing', () => {
    expect(push(untouched(), 'config-rejected').request(retriedAt(600)).judge().findings).toEqual([])
  })

  test('that follows another fast is under way until its own answer comes', () => {
    const pushed = (builder: HistoryBuilder) =>
      builder
        .add({ kind: 'config-pushed', atMs: 500, type: 'routes', version: '2', detail: '', declared: later })
        .add({ kind: 'config-pushed', atMs: 505, type: 'routes', version: '3', detail: '', declared: later })
        .add({ kind: 'config-accepted', atMs: 507, type: 'routes', version: '2', detail: '' })
        .add({ kind: 'config-accepted', atMs: 600, type: 'routes', version: '3', detail: '' })
    const conclusion = pushed(untouched()).request(retriedAt(560)).judge()
    expect(conclusion.findings).toEqual([])
    expect(conclusion.skipped).toBe(1)
    expectOnly('attempts', pushed(untouched()).request(retriedAt(700)))
  })

  test('of clusters empties the breakers and forgets ejections', () => {
    const declared = declaredPolicy({ routes: [retryRoute], cluster: { outlier } })
    const builder = new HistoryBuilder(declared)
    for (let index = 0; index < 3; index++)
      builder.request({ id: `bad-${index}`, atMs: 100 + index * 10, tries: [{ code: 404, host: 2 }] })
    for (let index = 0; index < 2; index++) {
      builder.request({
        id: `five-${index}`,
        atMs: 460 + index * 5,
        tries: [
          { code: 503, host: 1 },
          { code: 200, host: 2 },
        ],
      })
    }
    builder.add({ kind: 'config-pushed', atMs: 490, type: 'clusters', version: '2', detail: '' })
    builder.add({ kind: 'config-accepted', atMs: 500, type: 'clusters', version: '2', detail: '' })
    builder.request({
      id: 'third',
      atMs: 600,
      tries: [
        { code: 503, host: 1 },
        { code: 200, host: 2 },
      ],
    })
    expect(builder.judge().findings).toEqual([])
  })
})
