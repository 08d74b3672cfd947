import { expect, test } from 'vitest'
import type { NewEvent } from '../core/history.ts'
import { type SyntheticRequest, syntheticFault, syntheticRun, syntheticScenario } from '../core/synthetic-history.ts'
import { recovery } from './recovery.ts'
import { runCheck } from './run-check.ts'

// A request every 10 ms for 3 s; the fault lasts from 1,000 to 2,000 ms.
const scenario = syntheticScenario({ faults: [syntheticFault({ fromMs: 1000, untilMs: 2000 })] })
const requests = (failUntilMs: number, slowUntilMs = 0): SyntheticRequest[] =>
  Array.from({ length: 300 }, (_, index) => {
    const intendedMs = index * 10
    const fails = intendedMs >= 1000 && intendedMs < failUntilMs
    const slow = intendedMs >= 2000 && intendedMs < slowUntilMs
    return { id: `r-${index}`, intendedMs, attempts: [{ code: fails ? 503 : 200 }], latencyMs: slow ? 200 : 5 }
  })
const check = (failUntilMs: number, within = '500ms', slowUntilMs = 0) =>
  runCheck(recovery, { within }, syntheticRun(requests(failUntilMs, slowUntilMs)), scenario)

test('good from the first request on is recovered at once', () => {
  expect(check(2000)).toMatchObject({ verdict: 'pass', figures: { recoveryMs: 0 } })
})

test('recovered in time, and not a request later', () => {
  expect(check(2300)).toMatchObject({ verdict: 'pass', figures: { recoveryMs: 300 } })
  expect(check(2500)).toMatchObject({ verdict: 'pass', figures: { recoveryMs: 500 } })
  const late = check(2520)
  expect(late.verdict).toBe('fail')
  expect(late.findings[0]).toMatchObject({ rule: 'recovery', requestId: 'r-251' })
  expect(late.summary).toBe('recovered only 520 ms after the heal, expected within 500 ms of the heal')
})

test('never recovered', () => {
  expect(check(3000)).toMatchObject({ verdict: 'fail' })
})

test('served but slow is not recovered', () => {
  const { verdict, summary } = check(2000, '500ms', 2900)
  expect(verdict).toBe('fail')
  expect(summary).toMatch(/recovered only 8\d0 ms after the heal/)
  expect(check(2000, '500ms', 2300)).toMatchObject({ verdict: 'pass' })
})

test('one good request is not yet recovery', () => {
  const flapping = requests(2000).map((request) =>
    request.intendedMs % 100 === 0 && request.intendedMs >= 2000 ? { ...request, attempts: [{ code: 503 }] } : request,
  )
  expect(runCheck(recovery, { within: '500ms' }, syntheticRun(flapping), scenario).verdict).toBe('fail')
})

test('where the limit lies between two requests it is inconclusive', () => {
  const sparse = [
    ...Array.from({ length: 30 }, (_, index) => ({ id: `before-${index}`, intendedMs: index * 10 })),
    { id: 'bad', intendedMs: 2400, attempts: [{ code: 503 }] },
    ...Array.from({ length: 30 }, (_, index) => ({ id: `after-${index}`, intendedMs: 2600 + index * 10 })),
  ]
  const { verdict, summary } = runCheck(recovery, { within: '500ms' }, syntheticRun(sparse), scenario)
  expect(verdict).toBe('inconclusive')
  expect(summary).toContain('recovered between 400 ms and 600 ms after the heal')
})

test('acting faults are healed when they say so', () => {
  const acting = syntheticScenario({
    faults: [syntheticFault({ kind: 'kill', config: {}, fromMs: 1000, untilMs: 1500 })],
  })
  const event = (kind: 'fault-injected' | 'fault-healed', atMs: number): NewEvent => {
    return { kind, src: 'runner', scenario: 'synthetic', atMs, fault: 'flaky', target: 'user', detail: '' }
  }
  const run = syntheticRun(requests(2300), [event('fault-injected', 1100), event('fault-healed', 2200)])
  expect(runCheck(recovery, { within: '500ms', fault: 'flaky' }, run, acting)).toMatchObject({
    verdict: 'pass',
    figures: { recoveryMs: 200 },
  })
  const unhealed = syntheticRun(requests(2300), [event('fault-injected', 1100)])
  expect(runCheck(recovery, { within: '500ms' }, unhealed, acting)).toMatchObject({
    verdict: 'inconclusive',
    summary: 'fault "flaky" was never healed',
  })
})

test('without requests, level before, faults or enough requests after, it is inconclusive', () => {
  const verdict = (run: NewEvent[], one = scenario) => runCheck(recovery, { within: '1s' }, run, one).verdict
  expect(verdict([])).toBe('inconclusive')
  expect(verdict(syntheticRun(requests(2000).slice(90)))).toBe('inconclusive')
  expect(verdict(syntheticRun(requests(2000).slice(0, 215)))).toBe('inconclusive')
  expect(verdict(syntheticRun(requests(2000)), syntheticScenario())).toBe('inconclusive')
})

test('a good history is caught when failures go on after the heal', () => {
  const mutated = syntheticRun(requests(2000)).map((event) =>
    event.kind === 'request-answered' && event.atMs > 2100 && event.atMs < 2900 ? { ...event, status: 503 } : event,
  )
  expect(runCheck(recovery, { within: '500ms' }, mutated, scenario).verdict).toBe('fail')
})
