// What the power tests ask of meshes without a mistake: they pass. A doubt is allowed only where the history itself shows that
// the machine stood still, by heartbeats alone and not by what the oracle makes of them, and only about few.

import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import type { Heartbeat, HistoryEvent } from '../../../core/history.ts'
import { latenessMaxMs } from '../lateness.ts'

export interface Judged {
  readonly name: string
  readonly verdict: string
  readonly rules: readonly string[]
}

/**
 * @param sound what was concluded of each; nothing where a mesh was not judged at all
 * @param history path of the run's `history.ndjson`
 */
export function expectSound(sound: readonly (Judged | undefined)[], history: string): void {
  const doubted = sound.filter((one) => one?.verdict !== 'pass' || one.rules.length > 0)
  const stalled = scenariosThatMetAStall(history)
  const isExcused = (one: Judged | undefined) =>
    one?.verdict === 'inconclusive' && one.rules.length === 0 && stalled.has(one.name)
  expect(doubted.filter((one) => !isExcused(one))).toEqual([])
  expect(doubted.length).toBeLessThanOrEqual(sound.length / 6)
}

/** So near a stall makes a request late (ENVOY.md, section 11). */
const nearbyMs = 250

function scenariosThatMetAStall(history: string): ReadonlySet<string> {
  const events = readFileSync(history, 'utf8')
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => JSON.parse(line) as HistoryEvent)
  const stalls = events.filter(
    (event): event is Heartbeat => event.kind === 'heartbeat' && event.src !== 'runner' && event.lateMs > latenessMaxMs,
  )
  const startMs = new Map<string, number>()
  const met = new Set<string>()
  for (const { kind, scenario, atMs } of events) {
    if (kind === 'scenario-started') startMs.set(scenario, atMs)
    if (kind !== 'scenario-ended') continue
    const fromMs = (startMs.get(scenario) ?? 0) - nearbyMs
    if (stalls.some((stall) => stall.atMs >= fromMs && stall.atMs - stall.lateMs <= atMs + nearbyMs)) met.add(scenario)
  }
  return met
}
