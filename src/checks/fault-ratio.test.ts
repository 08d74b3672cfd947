import { expect, test } from 'vitest'
import type { NewEvent } from '../core/history.ts'
import { type SyntheticRequest, syntheticFault, syntheticRun, syntheticScenario } from '../core/synthetic-history.ts'
import { faultRatio } from './fault-ratio.ts'
import { runCheck } from './run-check.ts'

const plan = [{ fault: 'flaky', attempt: 1, status: 503, target: 'user' }]
const scenario = syntheticScenario({ faults: [syntheticFault({ fromMs: 0, untilMs: 10_000 })] })

/** Every `each`-th request is hit. */
function requests(count: number, each: number, spacingMs = 5): SyntheticRequest[] {
  return Array.from({ length: count }, (_, index) => {
    const request = { id: `r-${index}`, intendedMs: index * spacingMs }
    return index % each === 0 ? { ...request, plan, attempts: [{ code: 503, faultFlags: ['FI'] }] } : request
  })
}
const config = { fault: 'flaky', ratio: 0.1 }

test('the ratio that was given agrees, another does not', () => {
  expect(runCheck(faultRatio, config, syntheticRun(requests(1000, 10)), scenario)).toMatchObject({
    verdict: 'pass',
    summary: 'flaky hit 100 of 1000 attempts (10.00 %), as a ratio of 0.1 gives',
  })
  for (const each of [5, 20]) {
    const { verdict, findings } = runCheck(faultRatio, config, syntheticRun(requests(1000, each)), scenario)
    expect(verdict).toBe('fail')
    expect(findings[0]).toMatchObject({ rule: 'fault-ratio', expected: '0.1', observed: String(1 / each) })
  }
})

test('a good history is caught when the flags go missing, whatever the plan said', () => {
  const mutated = syntheticRun(requests(1000, 10)).map((event) =>
    event.kind === 'attempt-seen' ? { ...event, flags: [] } : event,
  )
  expect(runCheck(faultRatio, config, mutated, scenario).verdict).toBe('fail')
})

test('only requests intended in the window count', () => {
  const half = syntheticScenario({ faults: [syntheticFault({ fromMs: 0, untilMs: 2500 })] })
  const run = syntheticRun(
    requests(1000, 10).map((request, index) =>
      index < 500 ? request : { id: request.id, intendedMs: request.intendedMs },
    ),
  )
  expect(runCheck(faultRatio, config, run, half)).toMatchObject({ verdict: 'pass', looked: 500 })
})

test('attempts that stand before their request are counted all the same', () => {
  const run = syntheticRun(requests(1000, 10))
  const [start, ...rest] = run
  const seen = rest.filter(({ kind }) => kind === 'attempt-seen')
  const others = rest.filter(({ kind }) => kind !== 'attempt-seen')
  const shuffled = start === undefined ? [] : [start, ...seen, ...others]
  expect(runCheck(faultRatio, config, shuffled, scenario)).toMatchObject({ verdict: 'pass', looked: 1000 })
})

test('dice count while they roll, with a margin at both ends', () => {
  const dice = syntheticScenario({ faults: [syntheticFault({ config: { status: 503, ratio: 0.1, dice: true } })] })
  const event = (kind: 'fault-injected' | 'fault-healed', atMs: number): NewEvent => {
    return { kind, src: 'runner', scenario: 'synthetic', atMs, fault: 'flaky', target: 'user', detail: '' }
  }
  const rolled = requests(1000, 10).map(({ plan: _, ...request }) => request)
  const run = syntheticRun(rolled, [event('fault-injected', 1000), event('fault-healed', 4000)])
  expect(runCheck(faultRatio, config, run, dice)).toMatchObject({ verdict: 'pass', looked: 581, skipped: 20 })
  expect(runCheck(faultRatio, config, syntheticRun(rolled), dice).verdict).toBe('inconclusive')
})

test('a delay shows by its own flag', () => {
  const slow = syntheticScenario({
    faults: [
      syntheticFault({ kind: 'delay', config: { duration: 800, ratio: 0.1, dice: false }, fromMs: 0, untilMs: 10_000 }),
    ],
  })
  const run = syntheticRun(
    requests(1000, 10).map((request) =>
      request.plan === undefined
        ? request
        : {
            ...request,
            plan: [{ fault: 'flaky', attempt: 1, delayMs: 800, target: 'user' }],
            attempts: [{ faultFlags: ['DI'] }],
          },
    ),
  )
  expect(runCheck(faultRatio, config, run, slow).verdict).toBe('pass')
  const aborted = run.map((event) =>
    event.kind === 'attempt-seen' && event.flags.length > 0 ? { ...event, flags: ['FI'] } : event,
  )
  expect(runCheck(faultRatio, config, aborted, slow).verdict).toBe('fail')
})

test('of nothing, of too little, or of an unknown fault, it is inconclusive', () => {
  expect(runCheck(faultRatio, config, [], scenario).verdict).toBe('inconclusive')
  const { verdict, summary } = runCheck(faultRatio, config, syntheticRun(requests(50, 10)), scenario)
  expect(verdict).toBe('inconclusive')
  expect(summary).toContain('94 attempts needed')
  expect(runCheck(faultRatio, { ...config, fault: 'other' }, syntheticRun(requests(1000, 10)), scenario).verdict).toBe(
    'inconclusive',
  )
  expect(faultRatio.unprovable?.(config, 93)).toContain('94 attempts')
  expect(faultRatio.unprovable?.(config, 94)).toBeUndefined()
})

test('a ratio of 1 allows no miss', () => {
  expect(runCheck(faultRatio, { fault: 'flaky', ratio: 1 }, syntheticRun(requests(100, 1)), scenario).verdict).toBe(
    'pass',
  )
  const missed = requests(100, 1).with(50, { id: 'missed', intendedMs: 250 })
  expect(runCheck(faultRatio, { fault: 'flaky', ratio: 1 }, syntheticRun(missed), scenario).verdict).toBe('fail')
})

test('a limited rate is counted by what the fault filter was told', () => {
  const fault = syntheticFault({
    kind: 'throughput',
    config: { kibPerSecond: 64, ratio: 0.1 },
    fromMs: 0,
    untilMs: 10_000,
  })
  const slowed = (each: number) =>
    requests(1000, each).map((request) =>
      request.plan === undefined
        ? request
        : {
            ...request,
            plan: [{ fault: 'flaky', attempt: 1, kibPerSecond: 64, target: 'user' }],
            attempts: [{ kibPerSecond: 64 }],
          },
    )
  const verdictOf = (each: number) =>
    runCheck(faultRatio, config, syntheticRun(slowed(each)), syntheticScenario({ faults: [fault] })).verdict
  expect([verdictOf(10), verdictOf(5)]).toEqual(['pass', 'fail'])
})
