import { expect, test } from 'vitest'
import type { NewEvent } from '../core/history.ts'
import { base, collect, ended, started } from './collected-requests.ts'

test('keeps counters that moved, warnings, unexpected exits and marks of the running scenario', () => {
  const counters = (phase: 'before' | 'after', envoy: string, value: number): NewEvent => ({
    ...base,
    src: envoy,
    kind: 'counters',
    atMs: 1000,
    phase,
    envoy,
    values: { total: value, same: 4 },
  })
  const exit = (atMs: number, expected: boolean): NewEvent => ({
    src: 'runner',
    scenario: '',
    kind: 'process-exited',
    atMs,
    process: 'upstream',
    pid: 1,
    code: null,
    signal: 'SIGKILL',
    expected,
  })
  const { first, second } = collect([
    exit(900, false),
    started,
    counters('before', 'egress', 10),
    counters('before', 'fault', 1),
    exit(1500, false),
    {
      src: 'egress',
      scenario: '',
      kind: 'log-line',
      atMs: 1600,
      process: 'envoy',
      level: 'warning',
      text: 'careful',
    },
    { ...base, src: 'control-plane', kind: 'config-pushed', atMs: 2000, type: 'routes', version: 'v2', detail: '' },
    counters('after', 'egress', 25),
    counters('after', 'fault', 4),
    ended,
    exit(5000, true),
  ])
  expect(first.counters).toEqual({ total: 15, 'fault hop: total': 3 })
  expect(first.marks).toEqual([
    { atMs: 500, label: 'upstream exited' },
    { atMs: 1000, label: 'routes v2 pushed' },
  ])
  expect(first.logLines).toEqual([
    { atMs: 500, process: 'upstream', level: 'exit', text: 'exited on SIGKILL' },
    { atMs: 600, process: 'envoy', level: 'warning', text: 'careful' },
  ])
  expect(second.marks).toEqual([])
})
