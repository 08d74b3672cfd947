// Every fault that can be planned for an invocation, in the real emulator: what the caller is told, what the function did, and
// what the runner hears of it.

import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { credentials, region, startTestEmulator, type TestEmulator } from './test-emulator.ts'
import { errorOf, nodeSource } from './test-functions.ts'

let live: TestEmulator
beforeAll(async () => {
  live = await startTestEmulator({ asyncRetryMs: [100, 200], timeoutMsMax: 400 })
  await live.create('patient', 'index.js', nodeSource, { Timeout: 60 })
})
afterAll(() => live?.[Symbol.asyncDispose]())

const resultsOf = (requestId: string) => live.results.filter((result) => result.requestId === requestId)
const kindOf = (requestId: string) => resultsOf(requestId).map(({ error }) => error?.kind ?? 'returned')
const planned = async (action: object, event: object = {}, name = 'patient') => {
  live.plan.set(name, [action])
  const outcome = await live.invoke(name, event)
  return { ...outcome, results: resultsOf(outcome.requestId) }
}

test('crash before: the event never reaches it', async () => {
  const outcome = await planned({ crash: 'before' }, { print: 'reached' })
  expect(errorOf(outcome).errorType).toBe('Runtime.ExitError')
  expect(outcome.results).toMatchObject([{ error: { kind: 'crash' }, fault: true }])
  expect(live.logs.filter(({ requestId }) => requestId === outcome.requestId)).toEqual([])
})

test('crash after: the work is done, the result lost', async () => {
  const outcome = await planned({ crash: 'after' }, { print: 'reached' })
  expect(errorOf(outcome).errorType).toBe('Runtime.ExitError')
  expect(outcome.results).toMatchObject([{ error: { kind: 'crash' }, fault: true }])
  expect(live.logs.some(({ requestId, line }) => requestId === outcome.requestId && line.includes('reached'))).toBe(
    true,
  )
})

test('timeout: the work is done, the time is capped', async () => {
  const outcome = await planned({ timeout: true }, { print: 'reached' })
  expect(errorOf(outcome)).toMatchObject({ errorType: 'Sandbox.Timedout' })
  expect(errorOf(outcome).errorMessage).toContain('Task timed out after 60.00 seconds')
  expect(outcome.results).toMatchObject([{ error: { kind: 'timeout' }, fault: true }])
  expect(outcome.tookMs).toBeGreaterThan(399)
  expect(outcome.tookMs).toBeLessThan(2000)
})

test('late delivery', async () => {
  const outcome = await planned({ delayMs: 300 })
  expect(outcome.error).toBeUndefined()
  expect(outcome.tookMs).toBeGreaterThan(299)
})

test('duplicates: the same request id, a name of its own each', async () => {
  const outcome = await planned({ duplicates: 2 })
  expect(outcome.error).toBeUndefined()
  const asks = live.asks.filter(({ requestId }) => requestId === outcome.requestId)
  expect(asks.map(({ attempt, duplicate }) => [attempt, duplicate ?? false])).toEqual([
    [1, false],
    [1, true],
    [1, true],
  ])
  expect(new Set(asks.map(({ invocation16 }) => invocation16)).size).toBe(3)
  expect(outcome.results.map(({ duplicate }) => duplicate ?? false)).toEqual([false, true, true])
})

test('throttled: 429 for who waits, and no attempt; tried again for an event', async () => {
  live.plan.set('patient', [{ throttle: true }])
  await expect(live.invoke('patient')).rejects.toMatchObject({ name: 'TooManyRequestsException' })
  live.plan.set('patient', [{ throttle: true }])
  const requestId = await sendEvent('patient', {})
  await live.until('it was tried again', () => kindOf(requestId).includes('returned'))
  expect(kindOf(requestId)).toEqual(['throttled', 'returned'])
  expect(resultsOf(requestId).map(({ attempt }) => attempt)).toEqual([1, 1])
})

test('killed in the middle by its name', async () => {
  live.onAsk = ({ invocation16, payload }) => {
    if (payload.includes('victim')) setTimeout(() => live.emulator.kill(invocation16), 200)
  }
  const outcome = await live.invoke('patient', { victim: 1, waitMs: 20_000 })
  live.onAsk = () => undefined
  expect(errorOf(outcome).errorType).toBe('Runtime.ExitError')
  expect(outcome.tookMs).toBeLessThan(3000)
  expect(resultsOf(outcome.requestId)).toMatchObject([{ error: { kind: 'crash' }, fault: true }])
  live.emulator.kill('0123456789abcdef') // nobody works on it
  expect((await live.invoke('patient')).error).toBeUndefined()
})

test('attempts of one event are counted, each with its own fault', async () => {
  live.plan.set('patient', [{ crash: 'before' }, { crash: 'after' }, {}])
  const requestId = await sendEvent('patient', { tried: 3 })
  await live.until('the third attempt has ended', () => resultsOf(requestId).length === 3)
  expect(kindOf(requestId)).toEqual(['crash', 'crash', 'returned'])
  expect(resultsOf(requestId).map(({ attempt }) => attempt)).toEqual([1, 2, 3])
})

async function sendEvent(name: string, event: object): Promise<string> {
  const lambda = new LambdaClient({ endpoint: live.emulator.endpoint, region, credentials })
  const command = new InvokeCommand({ FunctionName: name, InvocationType: 'Event', Payload: JSON.stringify(event) })
  const answer = await lambda.send(command)
  lambda.destroy()
  return answer.$metadata.requestId ?? ''
}
