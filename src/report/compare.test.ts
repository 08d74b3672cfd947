import { describe, expect, test } from 'vitest'
import type { RunReport, ScenarioReport } from '../core/report-model.ts'
import { compareRuns, readEarlierReport } from './compare.ts'
import { changesOf, comparisonNote, comparisonSentence } from './comparison-text.ts'
import { renderJson } from './json.ts'
import { samplePipelineReport } from './sample-pipeline.ts'
import { sampleReport } from './sample-report.ts'

const where = { run: 'before', path: '../before' }

function scenarioOf(report: RunReport, index: number): ScenarioReport {
  const scenario = report.scenarios[index]
  if (scenario === undefined) throw new Error('there is such a scenario')
  return scenario
}

/** The sample's first scenario, alone, with these changes. */
function run(changes: Partial<ScenarioReport> = {}): RunReport {
  return { ...sampleReport(), scenarios: [{ ...scenarioOf(sampleReport(), 0), ...changes }] }
}

function compare(before: RunReport, now: RunReport) {
  const earlier = readEarlierReport(renderJson(before))
  if (earlier === undefined) throw new Error('what we write we can read')
  const comparison = compareRuns(now, earlier, where)
  if (comparison === undefined) throw new Error('they have scenarios in common')
  return comparison
}

const requests = (sent: number, succeeded: number, again: number): ScenarioReport['requests'] => ({
  sent,
  succeeded,
  failed: sent - succeeded,
  attempts: sent + again,
  byOutcome: {},
  byAttempts: { 1: sent - again, 2: again },
})

describe('a run and the one before it', () => {
  test('the same run twice: nothing to tell', () => {
    const comparison = compare(run(), run())
    expect(changesOf(comparison)).toEqual([])
    expect(comparisonSentence(comparison)).toBe('no verdict changed, nothing else beyond chance')
    expect(comparisonNote(comparison, '7b1d9c04')).toMatch(/^the same seed; /)
  })

  test('verdicts, ratios and latencies that changed are told, the worst first', () => {
    const before = run({ requests: requests(900, 900, 0), latency: { p50Ms: 4, p90Ms: 9, p99Ms: 24, maxMs: 30 } })
    const now = run({
      verdict: 'fail',
      requests: requests(900, 850, 90),
      latency: { p50Ms: 4, p90Ms: 9, p99Ms: 31, maxMs: 40 },
    })
    const comparison = compare(before, now)
    expect(changesOf(comparison).map(({ what, figures }) => `${what} ${figures}`)).toEqual([
      'verdict passed → failed',
      'success 100 % → 94 %',
      'attempts per request 1.00 → 1.10',
      'p99 24 ms → 31 ms',
    ])
    expect(comparisonSentence(comparison)).toBe(
      '1 verdict changed; retries-mask-trivial-errors: passed → failed, success 100 % → 94 %, attempts per request 1.00 → 1.10, …',
    )
  })

  test.each([
    ['five failures more of 900', 900, 5, false],
    ['fifty failures more of 900', 900, 50, true],
    ['half of ten', 10, 5, false],
  ])('%s: beyond chance or not', (_, sent, failed, differs) => {
    const comparison = compare(
      run({ requests: requests(sent, sent, 0) }),
      run({ requests: requests(sent, sent - failed, 0) }),
    )
    expect(comparison.scenarios[0]?.success.differs).toBe(differs)
    // In the other direction it is the same.
    const back = compare(
      run({ requests: requests(sent, sent - failed, 0) }),
      run({ requests: requests(sent, sent, 0) }),
    )
    expect(back.scenarios[0]?.success.differs).toBe(differs)
  })

  test('a latency of a few requests, or that moved by a hair, is not worth a word', () => {
    const slow = { p50Ms: 4, p90Ms: 9, p99Ms: 60, maxMs: 60 }
    const fast = { ...slow, p99Ms: 24 }
    const few = compare(
      run({ requests: requests(40, 40, 0), latency: fast }),
      run({ requests: requests(40, 40, 0), latency: slow }),
    )
    expect(changesOf(few)).toEqual([])
    const hair = compare(run({ latency: fast }), run({ latency: { ...fast, p99Ms: 26 } }))
    expect(changesOf(hair)).toEqual([])
    expect(hair.scenarios[0]?.latency?.p99).toEqual({ beforeMs: 24, nowMs: 26 })
  })

  test('kinds of findings that came and went, whatever their numbers', () => {
    const failing = scenarioOf(sampleReport(), 1)
    const [policy, ...others] = failing.expectations
    const [first, second] = policy?.findings ?? []
    if (policy === undefined || first === undefined || second === undefined) throw new Error('the sample has two')
    const with1 = (findings: typeof policy.findings): RunReport => ({
      ...sampleReport(),
      scenarios: [{ ...failing, expectations: [{ ...policy, findings }, ...others] }],
    })
    const longer = { ...second, message: second.message.replace('212 ms', '99 ms') }
    const comparison = compare(with1([second]), with1([first, longer]))
    expect(comparison.scenarios[0]?.findingsNew.map(({ rule }) => rule)).toEqual(['retry-reason'])
    expect(comparison.scenarios[0]?.findingsGone).toEqual([])
  })

  test('of pipelines the lines count', () => {
    const comparison = compare(samplePipelineReport(), samplePipelineReport())
    const [one] = comparison.scenarios
    expect(one?.success.now.trials).toBeGreaterThan(1000)
    expect(one?.attemptsPerRequest).toBeUndefined()
    expect(changesOf(comparison)).toEqual([])
  })

  test('scenarios that only one of them has are named; without any in common there is no comparison', () => {
    const both = compare(run({ name: 'old' }), run({ name: 'old' }))
    expect(both).toMatchObject({ onlyNow: [], onlyBefore: [] })
    const earlier = readEarlierReport(renderJson(run({ name: 'old' })))
    if (earlier === undefined) throw new Error('it was just written')
    expect(compareRuns(run({ name: 'new' }), earlier, where)).toBeUndefined()
    expect(compare(run(), sampleReport()).onlyNow).toHaveLength(2)
  })
})

test.each(['', '{', 'null', '[]', '{"schema":1}', '{"schema":99}', '{"schema":1,"scenarios":[{}]}'])(
  'no report that we can read: %s',
  (text) => {
    expect(readEarlierReport(text)).toBeUndefined()
  },
)

test('a report with figures that JSON does not have is read', () => {
  const report = run({ latency: { p50Ms: Number.NaN, p90Ms: Number.NaN, p99Ms: Number.NaN, maxMs: 0 } })
  expect(compare(report, report).scenarios[0]?.latency).toBeUndefined()
})
