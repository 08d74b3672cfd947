import { expect, test } from 'vitest'
import { together } from './together.ts'

const untilAborted = (signal: AbortSignal) =>
  new Promise<void>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

test('all run side by side', async () => {
  const meeting = Promise.withResolvers<void>()
  await together([() => meeting.promise, async () => meeting.resolve()])
})

test('the first failure ends the others, and is thrown after they have ended', async () => {
  const ended: string[] = []
  const slow = async (signal: AbortSignal) => {
    await untilAborted(signal).catch(() => {})
    await Promise.resolve()
    ended.push('slow')
    throw new Error('a consequence')
  }
  const broken = async () => {
    throw new Error('the cause')
  }
  await expect(together([slow, broken])).rejects.toThrow('the cause')
  expect(ended).toEqual(['slow'])
})

test('whoever waits may give up, before or later', async () => {
  const giveUp = new AbortController()
  const waiting = together([untilAborted], giveUp.signal)
  giveUp.abort(new Error('interrupted'))
  await expect(waiting).rejects.toThrow('interrupted')
  let ran = false
  const step = async () => {
    ran = true
  }
  await expect(together([step], giveUp.signal)).rejects.toThrow('interrupted')
  expect(ran).toBe(false)
})
