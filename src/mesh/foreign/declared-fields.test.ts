import { expect, test } from 'vitest'
import type { Json } from '../xds.ts'
import { numberOf } from './declared-fields.ts'

test.each<[Json | undefined, number | undefined]>([
  [5, 5],
  ['5', 5],
  [{ value: 5 }, 5],
  [{ value: '0' }, 0],
  // Envoy takes `healthy_panic_threshold: {}` for 0, not for its default.
  [{}, 0],
  [undefined, undefined],
  ['', undefined],
  [{ default_value: 5 }, undefined],
])('%j is %j', (value, number) => {
  expect(numberOf(value)).toBe(number)
})
