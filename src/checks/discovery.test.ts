import { expect, test } from 'vitest'
import type { NewEvent } from '../core/history.ts'
import { syntheticRun } from '../core/synthetic-history.ts'
import { discovery } from './discovery.ts'
import { runCheck } from './run-check.ts'

const address = '127.0.0.3:8080'
const other = '127.0.0.2:8080'
const change = (kind: 'host-left' | 'host-registered', atMs: number): NewEvent => ({
  kind,
  src: 'registrar',
  atMs: 1000 + atMs,
  scenario: 'synthetic',
  cluster: 'user',
  host: 2,
  address,
  reason: 'fault',
})
/** Requests every 10 ms for 3 s; `onLeaver` says which go to the host that leaves. */
function run(changes: readonly NewEvent[], onLeaver: (atMs: number) => boolean): NewEvent[] {
  const requests = Array.from({ length: 300 }, (_, index) => ({ id: `r-${index}`, intendedMs: 1000 + index * 10 }))
  return syntheticRun(requests, changes).map((event) =>
    event.kind === 'attempt-logged'
      ? { ...event, cluster: 'user', host: onLeaver(event.startMs - 1000) ? address : other }
      : event,
  )
}
const between = (fromMs: number, untilMs: number) => [change('host-left', fromMs), change('host-registered', untilMs)]
const isOdd = (atMs: number) => Math.round(atMs / 10) % 2 === 1
/** Balancing that follows discovery within 5 ms. */
const sound = (atMs: number) => isOdd(atMs) && (atMs < 1005 || atMs > 2005)

test('balancing that follows discovery passes', () => {
  expect(runCheck(discovery, {}, run(between(1000, 2000), sound))).toMatchObject({
    verdict: 'pass',
    looked: 2,
    summary: 'balancing followed 2 changes of discovery',
    findings: [],
  })
})

test('a host that gets attempts long after it left is found, each with its request', () => {
  const { verdict, findings } = runCheck(discovery, {}, run(between(1000, 2000), isOdd))
  expect(verdict).toBe('fail')
  expect(findings[0]).toMatchObject({ rule: 'left-host-idle', requestId: 'r-117', expected: 'another host' })
  // From 260 ms after the leave to 50 ms before the return.
  expect(findings.length).toBe(34)
})

test('a host that came back and gets nothing is found', () => {
  const { verdict, findings } = runCheck(
    discovery,
    {},
    run(between(500, 1000), (atMs) => isOdd(atMs) && atMs < 505),
  )
  expect([verdict, findings.map(({ rule }) => rule)]).toEqual(['fail', ['joined-host-used']])
})

test('what is called a moment before its return is told is no mistake', () => {
  const early = (atMs: number) => isOdd(atMs) && (atMs < 1005 || atMs > 1960)
  expect(runCheck(discovery, {}, run(between(1000, 2000), early)).verdict).toBe('pass')
})

test('a host that stays out is judged to the end', () => {
  expect(runCheck(discovery, {}, run([change('host-left', 1000)], sound)).verdict).toBe('fail')
  expect(
    runCheck(
      discovery,
      {},
      run([change('host-left', 1000)], (atMs) => atMs < 1005),
    ).verdict,
  ).toBe('pass')
})

test('without a change, or with nothing after it, it is inconclusive', () => {
  expect(runCheck(discovery, {}, run([], isOdd))).toMatchObject({
    verdict: 'inconclusive',
    summary: 'no host left discovery or came to it',
  })
  expect(runCheck(discovery, {}, []).verdict).toBe('inconclusive')
})
