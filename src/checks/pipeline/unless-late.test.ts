import { expect, test } from 'vitest'
import type { CheckKind } from '../../core/check.ts'
import type { HistoryEvent } from '../../core/history.ts'
import { syntheticPipelineHeader, syntheticPipelineScenario } from '../../core/synthetic-pipeline.ts'
import type { Verdict } from '../../core/verdict.ts'
import { unlessLate } from './unless-late.ts'

const scenario = syntheticPipelineScenario()
const kindOf = (verdict: Verdict): CheckKind<unknown> => ({
  name: 'timed',
  about: '',
  schema: undefined as never,
  start: () => ({ observe: () => {}, conclude: () => ({ verdict, summary: 'took 4 s', looked: 1, findings: [] }) }),
})

function judged(verdict: Verdict, latesMs: readonly number[]) {
  const check = unlessLate(kindOf(verdict)).start({}, { header: syntheticPipelineHeader([scenario]), scenario })
  const base = { src: 'runner', seq: 0, scenario: scenario.name }
  check.observe({ ...base, kind: 'scenario-started', atMs: 0 })
  for (const [index, lateMs] of latesMs.entries()) {
    check.observe({ ...base, kind: 'heartbeat', scenario: '', atMs: index * 50, lateMs } satisfies HistoryEvent)
  }
  return check.conclude()
}

const beats = (late: number) => Array.from({ length: 100 }, (_, index) => (index < late ? 60 : 1))

test('a failure on a late machine is inconclusive, and says so', () => {
  expect(judged('fail', beats(4)).verdict).toBe('fail')
  expect(judged('fail', beats(9))).toMatchObject({
    verdict: 'inconclusive',
    summary:
      'the machine was too slow to judge it: 9 of 100 heartbeats came more than 25 ms late (at most 60 ms) (took 4 s)',
  })
})

test('whatever else stays as it is', () => {
  expect(judged('pass', beats(50)).verdict).toBe('pass')
  expect(judged('inconclusive', beats(0)).summary).toBe('took 4 s')
})
