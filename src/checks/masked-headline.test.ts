// The arithmetic behind scenarios/mesh/retries-mask-trivial-errors.yaml, exact in whole numbers.

import { expect, test } from 'vitest'

const hoursPerWeek = 7 * 24

/** Failing first attempts for each failing request, when every attempt fails one time in `oneIn`, independently. */
const maskedTo = (oneIn: bigint, retries: bigint) => oneIn ** retries

test('5-6 errors an hour that become one a week are 924 to 1', () => {
  const twiceErrorsPerHour = 5 + 6
  expect((twiceErrorsPerHour * hoursPerWeek) / 2).toBe(924)
})

test('one retry does that where one attempt in 924 fails', () => {
  expect(maskedTo(924n, 1n)).toBe(924n)
})

test('the scenario could mask 8000 to 1 and proves 20 to 1 with at most two failing requests', () => {
  expect(maskedTo(20n, 3n)).toBe(8000n)
  // P(at most 2) is all but certain: 5000 / 20^4 = 1/32 failing requests are expected.
  const expected = 5000 / 20 ** 4
  const tail = 1 - Math.exp(-expected) * (1 + expected + expected ** 2 / 2)
  expect(tail).toBeLessThan(1e-5)
  expect(tail).toBeGreaterThan(1e-6)
})
