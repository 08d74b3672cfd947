import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { checkKinds } from '../checks/index.ts'
import { InputError } from '../core/errors.ts'
import type { NewEvent } from '../core/history.ts'
import type { ScenarioRecord } from '../core/scenario-record.ts'
import {
  type SyntheticRequest,
  syntheticFault,
  syntheticHeader,
  syntheticRun,
  syntheticScenario,
  syntheticText,
} from '../core/synthetic-history.ts'
import { expectationText } from './expectation-text.ts'
import { judgeHistory } from './judge.ts'

const expecting = (...expect: ScenarioRecord['expect']) => syntheticScenario({ expect })
const noFailure = { check: 'failures', config: '<= 0', line: 12 }
const requests: SyntheticRequest[] = Array.from({ length: 30 }, (_, index) => ({
  id: `r-${index}`,
  intendedMs: index * 10,
}))
const good = syntheticRun(requests)
const oneFailure = syntheticRun(requests.with(3, { id: 'r-3', intendedMs: 30, attempts: [{ code: 503 }] }))

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shaketable-judge-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function judgeText(text: string) {
  const file = join(folder, 'history.ndjson')
  await writeFile(file, text)
  return judgeHistory(file, checkKinds)
}
const judge = (scenarios: ScenarioRecord[], events: readonly NewEvent[]) =>
  judgeText(syntheticText(syntheticHeader(scenarios), events))

describe('verdicts', () => {
  test('pass, with what was expected and found', async () => {
    const { verdict, problems, scenarios, events } = await judge([expecting(noFailure)], good)
    expect({ verdict, problems, events }).toEqual({ verdict: 'pass', problems: [], events: good.length + 1 })
    expect(scenarios[0]?.expectations).toEqual([
      {
        check: 'failures',
        text: 'failures: "<= 0"',
        verdict: 'pass',
        summary: '0 of 30 requests failed, expected <= 0',
        looked: 30,
        skipped: 0,
        findings: [],
        figures: { failedCount: 0 },
      },
    ])
  })

  test('one failing scenario fails the run, and events go to their own scenario', async () => {
    const other = { ...expecting(noFailure), name: 'other' }
    const { verdict, scenarios } = await judge(
      [expecting(noFailure), other],
      [...oneFailure, ...syntheticRun(requests, [], 'other')],
    )
    expect(verdict).toBe('fail')
    expect(scenarios.map((one) => [one.scenario.name, one.verdict])).toEqual([
      ['synthetic', 'fail'],
      ['other', 'pass'],
    ])
  })

  test('without scenarios, expectations or requests nothing passes', async () => {
    expect((await judge([], [])).verdict).toBe('inconclusive')
    expect((await judge([expecting()], good)).verdict).toBe('inconclusive')
    const { verdict, scenarios } = await judge([expecting({ check: 'failures', config: '>= 0' })], [])
    expect(verdict).toBe('inconclusive')
    expect(scenarios[0]?.problems).toEqual(['no request was sent'])
  })
})

describe('problems make a pass inconclusive, and a failure stays one', () => {
  test('a torn history', async () => {
    const torn = (events: NewEvent[]) =>
      judgeText(syntheticText(syntheticHeader([expecting(noFailure)]), events).slice(0, -5))
    const { verdict, problems, scenarios } = await torn(good)
    expect(verdict).toBe('inconclusive')
    expect(problems).toHaveLength(2)
    expect(scenarios[0]?.expectations[0]?.summary).toContain('but for that: 0 of 30 requests failed')
    expect((await torn(oneFailure)).verdict).toBe('fail')
  })

  test('a fault that never fired', async () => {
    const scenario = { ...expecting(noFailure), faults: [syntheticFault()] }
    const { verdict, scenarios } = await judge([scenario], good)
    expect(verdict).toBe('inconclusive')
    expect(scenarios[0]?.problems).toEqual(['fault "flaky" never fired: it was planned for no request'])
    expect((await judge([scenario], oneFailure)).verdict).toBe('fail')
  })

  test('requests without an answer, and those that the generator could not send', async () => {
    const cut = good.filter((event) => event.kind !== 'request-answered' || event.id !== 'r-9')
    expect((await judge([expecting(noFailure)], cut)).scenarios[0]?.problems).toEqual([
      '1 requests have no answer in the history, or answers no request',
    ])
    const late = syntheticRun(requests.with(3, { id: 'r-3', intendedMs: 30, answer: { error: 'not-sent' } }))
    expect((await judge([expecting(noFailure)], late)).scenarios[0]?.problems[0]).toContain(
      'could not send 1 of 30 requests',
    )
  })
})

describe('what this version does not know is refused', () => {
  test('an unknown check, with a guess', async () => {
    const judging = judge([expecting({ ...noFailure, check: 'failure' })], good)
    await expect(judging).rejects.toThrow(InputError)
    await expect(judging).rejects.toThrow(
      '(inline):12: scenario synthetic: this version knows no check "failure"\n  hint: did you mean "failures"?',
    )
  })
  test('settings that the check does not take', async () => {
    await expect(judge([expecting({ check: 'latency', config: { p99: '<= 400' } })], good)).rejects.toThrow(
      /settings of latency\.p99 are not valid: expected a comparison with a duration/,
    )
  })
})

test('an observer sees the header and every event in the same pass', async () => {
  const file = join(folder, 'history.ndjson')
  await writeFile(file, syntheticText(syntheticHeader([expecting(noFailure)]), good))
  const seen: string[] = []
  await judgeHistory(file, checkKinds, { begin: ({ seed }) => seen.push(seed), observe: ({ kind }) => seen.push(kind) })
  expect(seen).toEqual(['0badcafe', ...good.map(({ kind }) => kind), 'end'])
})

test('every check is inconclusive where there is nothing to look at, and takes its own settings twice', () => {
  const settings: Readonly<Record<string, unknown>> = {
    success: '>= 0.5',
    failures: '<= 100',
    latency: { max: '<= 1m' },
    amplification: '<= 9',
    recovery: { within: '1m' },
    'no-surprise-logs': {},
    counters: { 'cluster.user.upstream_rq_retry': '>= 0' },
    'fault-ratio': { fault: 'flaky', ratio: 0.5 },
    masked: { ratio: '>= 2' },
    answers: { status: { '503': '== 0' } },
    discovery: {},
    edge: {},
    callers: {},
    split: {},
    shadow: {},
  }
  expect(checkKinds.map(({ name }) => name).sort()).toEqual(Object.keys(settings).sort())
  const scenario = syntheticScenario({ faults: [syntheticFault()] })
  for (const kind of checkKinds) {
    const once = kind.schema.parse(settings[kind.name])
    expect(kind.schema.parse(once)).toEqual(once)
    const check = kind.start(once, { header: syntheticHeader([scenario]), scenario })
    expect(check.conclude().verdict, kind.name).toBe('inconclusive')
  }
})

test('expectations in one line, as the scenario has them', () => {
  expect(expectationText('policy', {})).toBe('policy: {}')
  expect(expectationText('success', '>= 0.99')).toBe('success: ">= 0.99"')
  expect(expectationText('latency', { p99: '<= 400ms', route: '/a' })).toBe('latency: { p99: "<= 400ms", route: "/a" }')
  expect(expectationText('recovery', { within: '1s' })).toBe('recovery: { within: 1s }')
  expect(expectationText('answers', { status: { '503': '>= 1' } })).toBe('answers: { status: { "503": ">= 1" } }')
  expect(expectationText('no-surprise-logs', { allow: ['a', 'x'.repeat(300)] })).toHaveLength(200)
})
