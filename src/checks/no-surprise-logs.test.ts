import { expect, test } from 'vitest'
import type { NewEvent } from '../core/history.ts'
import { noSurpriseLogs } from './no-surprise-logs.ts'
import { runCheck } from './run-check.ts'

const run = { scenario: '', atMs: 1 } as const
const started: NewEvent = { ...run, kind: 'process-started', src: 'egress', process: 'egress-1', pid: 10 }
const line = (level: string, text: string, src = 'egress', process = 'egress-1'): NewEvent => ({
  ...run,
  kind: 'log-line',
  src,
  process,
  level,
  text,
})
const exited = (expected: boolean): NewEvent => ({
  ...run,
  kind: 'process-exited',
  src: 'runner',
  process: 'upstream-1',
  pid: 11,
  code: null,
  signal: 'SIGSEGV',
  expected,
})

test('quiet Envoys pass', () => {
  expect(
    runCheck(noSurpriseLogs, {}, [started, line('info', 'all dependencies initialized'), exited(true)]).verdict,
  ).toBe('pass')
})

test('a warning or worse is told with its text', () => {
  for (const level of ['warning', 'error', 'critical']) {
    const { verdict, findings } = runCheck(noSurpriseLogs, {}, [started, line(level, 'gRPC config stream closed')])
    expect(verdict).toBe('fail')
    expect(findings[0]?.message).toBe(`egress-1 logged [${level}] gRPC config stream closed`)
  }
  expect(runCheck(noSurpriseLogs, {}, [started, line('warning', 'x', 'runner', 'fault envoy')]).verdict).toBe('fail')
})

test('lines of other processes are not meant', () => {
  expect(runCheck(noSurpriseLogs, {}, [started, line('warning', 'slow', 'upstream', 'upstream-1')]).verdict).toBe(
    'pass',
  )
})

test('what is provoked on purpose is allowed, and only that', () => {
  const config = { allow: ['^DiscoveryRequest .* failed', 'REST update'] }
  const { verdict, summary } = runCheck(noSurpriseLogs, config, [
    started,
    line('warning', 'REST update for clusters failed'),
  ])
  expect(verdict).toBe('pass')
  expect(summary).toContain('1 expected ones')
  expect(runCheck(noSurpriseLogs, config, [started, line('warning', 'something else')]).verdict).toBe('fail')
})

test('a process that ends unasked is told', () => {
  const { verdict, findings } = runCheck(noSurpriseLogs, {}, [started, exited(false)])
  expect(verdict).toBe('fail')
  expect(findings[0]?.message).toBe('upstream-1 (pid 11) ended unasked, by SIGSEGV')
})

test('where no Envoy was watched it is inconclusive', () => {
  expect(runCheck(noSurpriseLogs, {}, []).verdict).toBe('inconclusive')
  const other: NewEvent = { ...run, kind: 'process-started', src: 'upstream', process: 'upstream-1', pid: 11 }
  expect(runCheck(noSurpriseLogs, {}, [other]).verdict).toBe('inconclusive')
})

test('settings', () => {
  expect(noSurpriseLogs.schema.safeParse({ allow: ['('] }).success).toBe(false)
  expect(noSurpriseLogs.schema.safeParse({ alow: [] }).success).toBe(false)
})
