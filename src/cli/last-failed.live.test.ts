// `run --last-failed` after a run in which one scenario failed and one had nothing to look at: it runs these two, and after
// they pass there is nothing to run.

import { afterAll, expect, test } from 'vitest'
import type { RunReport } from '../core/report-model.ts'
import { playground } from './test-rig.ts'
import { smallDefinition, smallScenario } from './test-scenario.ts'

const where = playground()
afterAll(() => where[Symbol.dispose]())

const nothingSent = { traffic: [{ request: { host: 'user' }, ratePerSecond: 0 }] }

test('what did not pass runs again, and nothing else', async () => {
  where.write('scenarios/book.json', smallDefinition())
  where.write('scenarios/a.yaml', smallScenario({ name: 'good' }))
  where.write('scenarios/b.yaml', smallScenario({ name: 'bad', expect: [{ failures: '>= 5' }] }))
  where.write('scenarios/c.yaml', smallScenario({ name: 'empty', ...nothingSent }))
  expect(await where.shaketable(['run'])).toMatchObject({ code: 1 })

  where.write('scenarios/b.yaml', smallScenario({ name: 'bad' }))
  where.write('scenarios/c.yaml', smallScenario({ name: 'empty' }))
  const only = await where.shaketable(['run', '--last-failed', '-o', 'json', '--grep', 'bad|good'])
  expect(only.code).toBe(0)
  expect((JSON.parse(only.stdout) as RunReport).scenarios.map(({ name }) => name)).toEqual(['bad'])

  const none = await where.shaketable(['run', '--last-failed'])
  expect(none).toMatchObject({ code: 0, stdout: '' })
  expect(none.stderr).toMatch(/the one scenario of reports\/latest passed, so there is nothing to run/)
})
