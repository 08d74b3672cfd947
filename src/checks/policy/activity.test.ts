import { describe, expect, test } from 'vitest'
import type { HistoryEvent } from '../../core/history.ts'
import { activity } from './activity.ts'

const beat = (atMs: number, lateMs: number, scenario = ''): HistoryEvent => ({
  kind: 'heartbeat',
  src: 'egress',
  seq: 0,
  scenario,
  atMs,
  lateMs,
})

describe("Envoy's pulse", () => {
  test('an even pulse shows that the loop turned', () => {
    const envoy = activity(false)
    for (let atMs = 0; atMs <= 500; atMs += 50) envoy.observe(beat(atMs, 6))
    expect(envoy.turned(300, 330)).toBe(true)
    expect(envoy.turned(300, 310)).toBe(false)
  })

  test('a gap shows that it may have stood still', () => {
    const envoy = activity(false)
    for (const [atMs, lateMs] of [
      [0, 6],
      [290, 6],
      [325, 30],
      [400, 6],
    ] as const) {
      envoy.observe(beat(atMs, lateMs))
    }
    expect(envoy.turned(300, 322)).toBe(false)
    expect(envoy.turned(300, 345)).toBe(true)
  })

  test('nothing is known beyond the last beat', () => {
    const envoy = activity(false)
    envoy.observe(beat(0, 6))
    envoy.observe(beat(100, 6))
    expect(envoy.turned(95, 200)).toBe(false)
  })

  test("another Envoy's pulse tells nothing", () => {
    const own = activity(true)
    for (let atMs = 0; atMs <= 500; atMs += 50) own.observe(beat(atMs, 6))
    expect(own.turned(300, 400)).toBe(false)
    for (let atMs = 0; atMs <= 500; atMs += 50) own.observe(beat(atMs, 6, 'isolated-one'))
    expect(own.turned(300, 400)).toBe(true)
  })
})
