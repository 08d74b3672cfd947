import { expect, test } from 'vitest'
import type { NewEvent } from '../../core/history.ts'
import { runPipelineCheck } from './run-pipeline-check.ts'
import { steady } from './steady.ts'

/** A setting every second. */
const runOf = (delaysMs: readonly number[], untilMs = delaysMs.length * 1000): NewEvent[] => {
  const base = { src: 'runner', scenario: 'synthetic' }
  const settings = delaysMs.map((delayMs, index): NewEvent => {
    const at = { ...base, atMs: index * 1000 + 500 }
    return { ...at, kind: 'operator-acted', action: 'limit', detail: 'slow by latency', values: { delayMs } }
  })
  return [
    { ...base, kind: 'scenario-started', atMs: 0 },
    ...settings,
    { ...base, kind: 'scenario-ended', atMs: untilMs },
  ]
}
const check = (events: readonly NewEvent[], config: object = {}) =>
  runPipelineCheck(steady, { lane: 'slow', ...config }, events)
const calm = [0, 400, 800, 300, 520, 500, 520, 510, 510, 510]

test('it searches first and then rests', () => {
  expect(check(runOf(calm), { amplitude: '<= 50ms' })).toMatchObject({
    verdict: 'pass',
    looked: 10,
    figures: { turnsCount: 2, amplitudeMs: 20 },
  })
})

test('a good history is caught when it swings to the end', () => {
  const swinging = calm.map((delayMs, index) => delayMs + (index % 2 === 0 ? 200 : -200))
  const { verdict, findings } = check(runOf(swinging), { amplitude: '<= 50ms' })
  expect(verdict).toBe('fail')
  expect(findings.map(({ expected }) => expected)).toEqual(['turns <= 2', 'amplitude <= 50ms'])
})

test('what was set in the first half only is steady', () => {
  expect(check(runOf([0, 900, 100, 500], 20_000))).toMatchObject({ verdict: 'pass', figures: { amplitudeMs: 0 } })
})

test('a controller that never adjusted, or another lane, is inconclusive', () => {
  expect(check([]).verdict).toBe('inconclusive')
  expect(check(runOf([500])).verdict).toBe('inconclusive')
  expect(check(runOf(calm), { lane: 'fast' }).verdict).toBe('inconclusive')
})
