import { expect, test } from 'vitest'
import { readEmulatorLogLine } from './emulator-log.ts'

test.each([
  [
    '2026-11-24T10:48:26.013 ERROR --- [-functhread1] l.aws.handlers.logging     : exception during call chain: no',
    { level: 'error', text: 'l.aws.handlers.logging: exception during call chain: no' },
  ],
  [
    '2026-11-24T10:46:16.441  WARN --- [  MainThread] s.mends : mends: none',
    { level: 'warning', text: 's.mends: mends: none' },
  ],
  ['2026-11-24T10:44:00.032 FATAL --- [  MainThread] s.mends: no', { level: 'critical', text: 's.mends: no' }],
  ['  File "x.py", line 1', { level: 'unknown', text: '  File "x.py", line 1' }],
  [
    '2026-11-24T10:44:20.746  WARN --- [  MainThread] localstack.deprecations    : TMPDIR is deprecated (since',
    undefined,
  ],
  [
    "2026-11-24T10:44:20.746 ERROR --- [a] l.s.l.i.assignment : Failed invocation <<class 'localstack.aws.api.lambda_.TooManyRequestsException'>>: Rate",
    undefined,
  ],
])('%s', (line, expected) => {
  expect(readEmulatorLogLine(line)).toEqual(expected)
})
