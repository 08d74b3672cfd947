import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CreateTopicCommand } from '@aws-sdk/client-sns'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { awsClients } from './aws-clients.ts'
import { unlessAborted } from './interruptible.ts'

/** Takes every call and never answers, as a frozen emulator does. */
const silent = createServer(() => {})
let endpoint = ''
beforeAll(async () => {
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`
})
afterAll(() => {
  silent.closeAllConnections()
  silent.close()
})

test('a call under way ends with the reason, and so does every later one', async () => {
  const ending = new AbortController()
  const aws = awsClients(endpoint, ending.signal)
  const underWay = aws.sns.send(new CreateTopicCommand({ Name: 'a' }))
  setTimeout(() => ending.abort(new Error('the emulator is gone')), 50)
  await expect(underWay).rejects.toThrow('the emulator is gone')
  await expect(aws.sns.send(new CreateTopicCommand({ Name: 'b' }))).rejects.toThrow('the emulator is gone')
  aws.destroy()
})

test('one that nothing listens to is given up between two tries', async () => {
  const ending = new AbortController()
  const aws = awsClients('http://127.0.0.1:1', ending.signal)
  const call = aws.sns.send(new CreateTopicCommand({ Name: 'a' }))
  ending.abort(new Error('the emulator is gone'))
  await expect(call).rejects.toThrow('the emulator is gone')
  aws.destroy()
})

test('without an abort the work has its own outcome', async () => {
  const { signal } = new AbortController()
  expect(await unlessAborted(signal, async () => 1)).toBe(1)
  await expect(unlessAborted(signal, () => Promise.reject(new Error('own')))).rejects.toThrow('own')
})

test('after an abort nothing is begun', async () => {
  let begun = false
  const work = async () => {
    begun = true
  }
  await expect(unlessAborted(AbortSignal.abort(new Error('over')), work)).rejects.toThrow('over')
  expect(begun).toBe(false)
})
