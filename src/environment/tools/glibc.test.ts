import { expect, test } from 'vitest'
import { EnvironmentError } from '../../core/errors.ts'
import { assertGlibc, glibcVersion } from './glibc.ts'

const otherwise = 'set SHAKETABLE_ENVOY'

test.for(['2.31', '2.36', '3.0', undefined])('%s is enough', (found) => {
  expect(() => assertGlibc('Envoy', '2.31', otherwise, found)).not.toThrow()
})

test.for([
  ['2.28', /needs glibc 2\.31 or newer, this system has 2\.28/],
  ['2.4', /this system has 2\.4/],
  ['musl', /this system uses musl/],
] as const)('%s is not', ([found, message]) => {
  const check = () => assertGlibc('Envoy', '2.31', otherwise, found)
  expect(check).toThrow(EnvironmentError)
  expect(check).toThrow(message)
  expect(check).toThrow(/or set SHAKETABLE_ENVOY/)
})

test.runIf(process.platform === 'linux')('this machine has one', () => {
  expect(glibcVersion()).toMatch(/^2\.\d+$|^musl$/)
})
