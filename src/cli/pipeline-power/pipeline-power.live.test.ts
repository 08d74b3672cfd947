// The power of the pipeline's checks, on the real thing: every seeded mistake is found, by the check that says it best and
// with a witness that names the object, and where there is one the line and the place; the reference pipeline passes under
// the very same loads and faults. One run of some seventy small stacks, several side by side, judged from its history.
//
// What a history cannot show is left to the tests of parsers and functions: times in the machine's time zone, syslog without
// a year, a last line without its line break, gzip of several members, several records in one event of SNS.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CheckKind } from '../../core/check.ts'
import type { FaultKind } from '../../core/fault.ts'
import type { Finding } from '../../core/verdict.ts'
import type { PreparedPipeline } from '../../environment/pipeline/deployed-pipeline.ts'
import { type JudgedScenario, judgeHistory } from '../../run/judge.ts'
import { registry } from '../registry.ts'
import { type BaseName, baseNames, bases } from './bases.ts'
import { callLimit } from './call-limit.ts'
import { mistakes } from './mistakes.ts'
import { editProblems, type PowerMistake, powerScenario, preparedWith } from './power-scenario.ts'
import { runPipelineRig } from './test-pipeline-rig.ts'

interface Member {
  readonly name: string
  readonly base: BaseName
  readonly mistake?: PowerMistake
}

const soundName = (base: BaseName) => `sound-${base}`
const members: readonly Member[] = [
  ...mistakes.map((mistake) => ({ name: mistake.name, base: mistake.base, mistake })),
  ...baseNames.map((base) => ({ name: soundName(base), base })),
]
const runMaxMs = 600_000
const folder = mkdtempSync(join(tmpdir(), 'shaketable-test-power-'))
let judged: ReadonlyMap<string, JudgedScenario> = new Map()
let broken: ReadonlyMap<string, string> = new Map()

beforeAll(async () => {
  expect(members.flatMap(problemsOf)).toEqual([])
  const outcome = await runPipelineRig({
    scenarios: members.map(({ name, base, mistake }) => powerScenario(name, bases[base], mistake)),
    mutate,
    faultKinds: [...registry.faults, callLimit as unknown as FaultKind],
    seed: 'power',
    folder,
    emulators: 2,
    stacksAtOnce: 4,
  })
  broken = outcome.broken
  const { scenarios, problems } = await judgeHistory(outcome.history, registry.checks as readonly CheckKind[])
  expect(problems).toEqual([])
  judged = new Map(scenarios.map((one) => [one.scenario.name, one]))
}, runMaxMs)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

function problemsOf({ name, base, mistake }: Member): readonly string[] {
  const edits = [...(bases[base].edits ?? []), ...(mistake?.edits ?? [])]
  return editProblems(edits).map((problem) => `${name}: ${problem}`)
}

function mutate(prepared: PreparedPipeline): PreparedPipeline {
  const member = members.find(({ name }) => name === prepared.record.name)
  return member === undefined ? prepared : preparedWith(prepared, bases[member.base], member.mistake)
}

function saysIt({ message, object = '', line }: Finding, mistake: PowerMistake): boolean {
  const isThere = mistake.line === undefined || mistake.line === line
  return mistake.says.test(message) && (mistake.object?.test(object) ?? true) && isThere
}

/** For a test that fails: all that the checks said. */
function told(name: string): readonly string[] {
  return (judged.get(name)?.expectations ?? []).flatMap(({ check, verdict, summary, findings }) => [
    `${check}: ${verdict}: ${summary}`,
    ...findings.slice(0, 3).map(({ message }) => `  ${message}`),
  ])
}

describe('the reference pipeline', () => {
  test.for(baseNames)('passes every check: %s', (base) => {
    const name = soundName(base)
    expect(broken.get(name)).toBeUndefined()
    const { verdict, problems = [] } = judged.get(name) ?? {}
    expect(verdict === 'pass' ? [] : [...problems, ...told(name)]).toEqual([])
  })
})

describe('a mistake is found', () => {
  test.for(mistakes.map((mistake) => [mistake.name, mistake] as const))('%s', ([name, mistake]) => {
    expect(broken.get(name)).toBeUndefined()
    const found = judged.get(name)?.expectations.find(({ check }) => check === mistake.check)
    const isSaid = found?.verdict === 'fail' && found.findings.some((finding) => saysIt(finding, mistake))
    expect(isSaid ? [] : [`wanted of ${mistake.check}: ${mistake.says.source}`, ...told(name)]).toEqual([])
  })
})

test('every check of what a pipeline carries has a mistake that it says best', () => {
  const checks = new Set(mistakes.map(({ check }) => check))
  expect([...checks].toSorted()).toEqual([
    ...['duplicates', 'error-table', 'flow-control', 'invocations', 'nothing-lost', 'order', 'routing'],
  ])
})
