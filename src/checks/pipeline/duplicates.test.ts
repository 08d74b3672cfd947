import { expect, test } from 'vitest'
import { type SyntheticJourney, syntheticPipelineRun } from '../../core/synthetic-pipeline.ts'
import { duplicates } from './duplicates.ts'
import { runPipelineCheck } from './run-pipeline-check.ts'

const good = Array.from({ length: 9 }, (_, index): SyntheticJourney => {
  return { object: `logs/${index}`, atMs: index * 20, lines: 10 }
})
const twice: SyntheticJourney = { object: 'logs/x', atMs: 500, lines: 10, fate: 'doubled' }

test('lines that came once each', () => {
  expect(runPipelineCheck(duplicates, '<= 0', syntheticPipelineRun(good))).toMatchObject({
    verdict: 'pass',
    looked: 90,
    summary: '0 of 90 delivered lines came more than once (0 %), expected <= 0',
  })
})

test('one object in ten that came twice is told with its way', () => {
  const run = syntheticPipelineRun([...good, twice])
  expect(runPipelineCheck(duplicates, '<= 0.1', run).verdict).toBe('pass')
  const { verdict, findings, figures } = runPipelineCheck(duplicates, '<= 0.09', run)
  expect(verdict).toBe('fail')
  expect(figures).toEqual({ duplicateRatio: 0.1, duplicateLinesCount: 10, extraDeliveriesCount: 10 })
  expect(findings).toMatchObject([{ object: 'logs/x', line: 1 }])
  expect(findings[0]?.message).toMatch(/10 lines delivered; main failed; 10 lines delivered; .*: delivered 2 times$/)
})

test('a good history is caught when a delivery is repeated', () => {
  const run = syntheticPipelineRun(good)
  const again = run.filter(({ kind }) => kind === 'line-delivered').slice(0, 1)
  expect(runPipelineCheck(duplicates, '<= 0.01', [...run, ...again])).toMatchObject({ verdict: 'fail' })
})

test('of nothing it is inconclusive, and a ratio lies between 0 and 1', () => {
  expect(runPipelineCheck(duplicates, '<= 0', syntheticPipelineRun([])).verdict).toBe('inconclusive')
  expect(duplicates.schema.safeParse('<= 2').success).toBe(false)
})
