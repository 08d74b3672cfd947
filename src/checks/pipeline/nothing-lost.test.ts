import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { syntheticText } from '../../core/synthetic-history.ts'
import {
  type SyntheticJourney,
  syntheticPipelineHeader,
  syntheticPipelineRun,
  syntheticPipelineScenario,
} from '../../core/synthetic-pipeline.ts'
import { judgeHistory } from '../../run/judge.ts'
import { pipelineChecks } from './index.ts'
import { nothingLost } from './nothing-lost.ts'
import { muchLater, runPipelineCheck } from './run-pipeline-check.ts'

const good: readonly SyntheticJourney[] = [
  { object: 'logs/a', atMs: 0, lines: 10 },
  { object: 'logs/b', atMs: 50, lines: 5, poison: [{ first: 2, last: 3 }] },
  { object: 'logs/c', atMs: 100, lines: 5, fate: 'drained' },
  { object: 'logs/d', atMs: 150, lines: 5, dest: 'drop' },
  { object: 'logs/e', atMs: 200, unreadable: true, lines: 4 },
]
const run = (journeys: readonly SyntheticJourney[]) =>
  runPipelineCheck(nothingLost, {}, syntheticPipelineRun(journeys, [muchLater()]))

test('delivered, parked, drained and dropped is good', () => {
  const { verdict, summary, looked, figures } = run(good)
  expect({ verdict, looked }).toEqual({ verdict: 'pass', looked: 24 })
  expect(summary).toBe('nothing lost; 24 lines of 5 objects: 18 delivered once, 0 more often, 6 parked')
  expect(figures).toMatchObject({ objectsCount: 5, droppedObjectsCount: 1, linesCount: 24, lostCount: 0 })
})

test('a lost object fails with its witness', () => {
  const { verdict, findings, summary } = run([...good, { object: 'logs/x', atMs: 300, lines: 3, fate: 'refused' }])
  expect(verdict).toBe('fail')
  expect(summary).toBe('3 lines lost; 27 lines of 6 objects: 18 delivered once, 0 more often, 6 parked')
  expect(findings).toHaveLength(1)
  expect(findings[0]).toMatchObject({
    rule: 'nothing-lost',
    object: 'logs/x',
    line: 1,
    observed: 'lost between event-pusher and lane fast',
  })
  expect(findings[0]?.message).toMatch(/^lines 1 to 3 of logs\/x: put at 0.300 s; .* 1 of 1 refused/)
  expect(findings[0]?.timeline?.length).toBeGreaterThan(2)
})

test('a good history is caught when an altered or made-up delivery is added', () => {
  const events = syntheticPipelineRun(good, [muchLater()])
  const altered = events.map((event) => (event.kind === 'line-delivered' ? { ...event, altered: true } : event))
  expect(runPipelineCheck(nothingLost, {}, altered)).toMatchObject({ verdict: 'fail', figures: { alteredCount: 18 } })
  const moved = events.flatMap((event) =>
    event.kind === 'line-delivered' && event.object === 'logs/a' ? [event, { ...event, object: 'logs/d' }] : [event],
  )
  const made = runPipelineCheck(nothingLost, {}, moved)
  expect(made).toMatchObject({ verdict: 'fail', figures: { neverOwedCount: 10, lostCount: 0 } })
  expect(made.findings[0]?.message).toMatch(/^lines 1 to 10 of logs\/d were delivered .* not owed: dropped by routing$/)
})

test('what is in flight at the deadline, and nothing at all, is inconclusive', () => {
  const flying = run([...good, { object: 'logs/x', atMs: 300, fate: 'working' }])
  expect(flying.verdict).toBe('inconclusive')
  expect(flying.summary).toMatch(
    /^1 line still in flight at the deadline, first of all line 1 of logs\/x: an invocation/,
  )
  expect(run([])).toMatchObject({ verdict: 'inconclusive', summary: 'no object was put' })
  expect(run([{ object: 'logs/d', atMs: 0, dest: 'drop' }]).verdict).toBe('inconclusive')
})

test('judge on a recorded history with one delivery removed fails and names the line', async () => {
  const scenario = syntheticPipelineScenario({ expect: [{ check: 'nothing-lost', config: {} }] })
  const folder = await mkdtemp(join(tmpdir(), 'shaketable-ledger-'))
  try {
    const file = join(folder, 'history.ndjson')
    const events = syntheticPipelineRun(good, [muchLater()])
    const judged = async (kept: typeof events) => {
      await writeFile(file, syntheticText(syntheticPipelineHeader([scenario]), kept))
      return judgeHistory(file, pipelineChecks)
    }
    expect((await judged(events)).verdict).toBe('pass')
    const shorter = events.map((event) =>
      event.kind === 'line-delivered' && event.object === 'logs/a' ? { ...event, last: 9 } : event,
    )
    const { verdict, scenarios } = await judged(shorter)
    expect(verdict).toBe('fail')
    expect(scenarios[0]?.expectations[0]?.findings).toMatchObject([{ object: 'logs/a', line: 10 }])
  } finally {
    await rm(folder, { recursive: true })
  }
})
