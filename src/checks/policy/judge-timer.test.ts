// Which deviations of a timer stand on a machine that was slow.

import { expect, test } from 'vitest'
import { judgeTimer } from './judge-timer.ts'

const timer = { timeoutMs: 300, earliestMs: 280, latestMs: 321, fired: true, late: false, turned: () => true }

test.each([
  [{ ranMs: 300 }, 'kept'],
  [{ ranMs: 300, late: true }, 'late'],
  [{ ranMs: 320, fired: false }, 'kept'],
  [{ ranMs: 279 }, { early: true, timed: true }],
  [{ ranMs: 279, late: true }, 'late'],
  [{ ranMs: 120, fired: false }, 'kept'],
  [{ ranMs: 120, late: true }, { early: true }],
  [{ ranMs: 700 }, { early: false }],
  [{ ranMs: 700, late: true }, { early: false }],
  [{ ranMs: 700, late: true, turned: () => false }, 'late'],
])('%o is %o', (run, expected) => {
  expect(judgeTimer({ ...timer, ...run })).toEqual(expected)
})
