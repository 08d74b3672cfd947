import { expect, test } from 'vitest'
import { EnvironmentError, InputError } from '../../core/errors.ts'
import { steps } from './steps.ts'

const never = () => new Promise<never>(() => {})
const step = steps(new AbortController().signal)
const failing = (error: Error) => step('a could not be deployed', 1000, () => Promise.reject(error))

test('gives what the work gives', async () => {
  expect(await step('a', 1000, async () => 3)).toBe(3)
})

test('what takes too long is trouble with the environment', async () => {
  const late = step('a could not be deployed', 20, never)
  await expect(late).rejects.toThrow(EnvironmentError)
  await expect(late).rejects.toThrow(
    /^a could not be deployed: no end after 20 ms\n {2}hint: does the emulator hang\?$/,
  )
})

test('with the emulator it is over', async () => {
  const lost = new AbortController()
  const underWay = steps(lost.signal)('a', 1000, never)
  lost.abort(new EnvironmentError('localstack was ended by SIGKILL'))
  await expect(underWay).rejects.toThrow(/^localstack was ended by SIGKILL$/)
})

test('what broke because of its end is told as its end', async () => {
  const lost = new AbortController()
  const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', syscall: 'connect' })
  const breaking = steps(lost.signal)('a', 1000, async () => {
    lost.abort(new EnvironmentError('localstack was ended by SIGKILL'))
    throw refused
  })
  await expect(breaking).rejects.toThrow(/^localstack was ended by SIGKILL$/)
})

test.each([
  [Object.assign(new Error('no such topic'), { name: 'NotFound', $metadata: {} }), 'NotFound: no such topic'],
  [Object.assign(new Error('connect refused'), { code: 'ECONNREFUSED', syscall: 'connect' }), 'Error: connect refused'],
])('what the SDK throws is trouble with the environment', async (error, said) => {
  await expect(failing(error)).rejects.toThrow(EnvironmentError)
  await expect(failing(error)).rejects.toThrow(`a could not be deployed: ${said}\n  hint: `)
})

test.each([
  [new InputError('handler.ts:3: no')],
  [new EnvironmentError('stack "a" did not deploy')],
  [new TypeError('a mistake of ours')],
])('anything else stays what it is: %s', async (error) => {
  await expect(failing(error)).rejects.toBe(error)
})
