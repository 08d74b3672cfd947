// `run --last-failed` where no Envoy is needed: nothing to run, and no report to go by. What it runs is
// init.live.test.ts's neighbour last-failed.live.test.ts.

import { afterAll, describe, expect, test, vi } from 'vitest'
import { lastFailed, NothingToRun, onlyThese } from './last-failed.ts'
import { expectOneError, playground } from './test-rig.ts'
import { smallDefinition, smallScenario } from './test-scenario.ts'

/** For a machine that is busy. */
vi.setConfig({ testTimeout: 30_000 })

const where = playground()
afterAll(() => where[Symbol.dispose]())

const report = (...verdicts: readonly string[]) => ({
  schema: 1,
  scenarios: verdicts.map((verdict, index) => ({ name: `s-${index + 1}`, verdict })),
})

where.write('scenarios/book.json', smallDefinition())
where.write('scenarios/a.yaml', smallScenario())
where.write('passed/latest/report.json', report('pass', 'pass'))
where.write('failed/latest/report.json', report('pass', 'fail', 'inconclusive'))
where.write('broken/latest/report.json', '{"scenarios":')
where.write('strange/latest/report.json', { scenarios: [{ name: 1 }] })

test('names of what failed or was inconclusive', async () => {
  expect([...(await lastFailed(`${where.folder}/failed`))]).toEqual(['s-2', 's-3'])
  expect(onlyThese([{ name: 'a' }, { name: 'b' }], new Set(['b']))).toEqual([{ name: 'b' }])
  expect(() => onlyThese([{ name: 'a' }], new Set(['b']))).toThrow(NothingToRun)
})

describe('nothing to run', () => {
  test.for([
    ['all passed', 'passed', /^--last-failed: all 2 scenarios of passed\/latest passed, so there is nothing to run\n$/],
    ['none of the chosen', 'failed', /^--last-failed: none of the chosen .* did not pass: s-2, s-3\n$/],
  ] as const)('%s: a word, exit 0, no run folder', async ([, dir, message]) => {
    const end = await where.shaketable(['run', '--last-failed', '--dir', dir])
    expect(end).toMatchObject({ code: 0, stdout: '' })
    expect(end.stderr).toMatch(message)
  })

  test.for([
    [
      'no last run',
      'none',
      /expected the report of the last run at none\/latest\/report\.json: there is none\n {2}hint/,
    ],
    ['half a report', 'broken', /broken\/latest\/report\.json: expected a report\.json of shaketable/],
    ['another file', 'strange', /strange\/latest\/report\.json: expected a report\.json of shaketable/],
  ] as const)('%s: one error, exit 3', async ([, dir, message]) => {
    expectOneError(await where.shaketable(['run', '--last-failed', '--dir', dir]), 3, message)
  })
})
