import { expect, test } from 'vitest'
import { readEnvoyLogLine } from './envoy-log.ts'

test.each([
  ['[warning][main] caught ENVOY_SIGTERM', 'warning', 'caught ENVOY_SIGTERM'],
  ['[critical][main] error `a` initializing\\n', 'critical', 'error `a` initializing'],
  ['[warning][config] one\\ntwo \\"three\\" \\\\n', 'warning', 'one\ntwo "three" \\n'],
  ['[error][envoy-bug] x', 'error', 'x'],
  ['terminate called without an active exception', 'unknown', 'terminate called without an active exception'],
  ['', 'unknown', ''],
])('%j', (line, level, text) => {
  expect(readEnvoyLogLine(line)).toEqual({ level, text })
})
