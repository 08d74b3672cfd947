import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { workflowText } from './workflow.ts'

interface Step {
  readonly uses?: string
  readonly run?: string
  readonly if?: string
  readonly with?: Readonly<Record<string, unknown>>
}

const stepsOf = (text: string): readonly Step[] => parse(text).jobs.shake.steps

test('it is YAML that runs the scenarios and keeps the report', () => {
  const text = workflowText({ version: '1.2.3', scenarios: 'scenarios', isInstalled: false })
  expect(Object.keys(parse(text))).toEqual(['name', 'on', 'permissions', 'jobs'])
  const steps = stepsOf(text)
  expect(steps.map(({ uses, run }) => uses ?? run)).toEqual([
    'actions/checkout@v4',
    'actions/setup-node@v4',
    'actions/cache@v4',
    'npx --yes shaketable@1.2.3 run scenarios -o markdown >> "$GITHUB_STEP_SUMMARY"',
    'actions/upload-artifact@v4',
  ])
  expect(steps[1]?.with).toEqual({ 'node-version': 24 })
  expect(steps[4]).toMatchObject({ if: 'always()', with: { path: 'reports\n!reports/latest\n' } })
  expect(text).not.toMatch(/https?:/)
})

test('what is installed comes from the lock file; a folder below the root is where it runs', () => {
  const settings = { version: '1.2.3', scenarios: "it's here", isInstalled: true, workingDirectory: 'mesh' }
  const text = workflowText(settings)
  expect(parse(text).jobs.shake.defaults).toEqual({ run: { 'working-directory': 'mesh' } })
  const runs = stepsOf(text).flatMap(({ run }) => run ?? [])
  expect(runs).toEqual(['npm ci', `npx shaketable run 'it'\\''s here' -o markdown >> "$GITHUB_STEP_SUMMARY"`])
  expect(stepsOf(text).at(-1)?.with).toMatchObject({ path: 'mesh/reports\n!mesh/reports/latest\n' })
})
