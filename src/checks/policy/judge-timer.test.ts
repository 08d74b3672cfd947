// Which deviations of a timer stand on a machine that was slow.

import { expect, test } from 'vitest'
import { judgeTimer } from './judge-timer.ts'

const timer = { earliestMs: 280, latestMs: 321, fired: true, late: false, turned: () => true }

test.each([
  [{ ranMs: 300 }, 'kept'],
  [{ ranMs: 300, late: true }, 'late'],
  [{ ranMs: 320, fired: false }, 'kept'],
  [{ ranMs: 279 }, 'early'],
  [{ ranMs: 279, late: true }, 'early'],
  [{ ranMs: 120, fired: false }, 'kept'],
  [{ ranMs: 700 }, 'over'],
  [{ ranMs: 700, late: true }, 'over'],
  [{ ranMs: 700, late: true, turned: () => false }, 'late'],
])('%o is %s', (run, expected) => {
  expect(judgeTimer({ ...timer, ...run })).toBe(expected)
})
