import { expect, test } from 'vitest'
import { stopAll } from './stop-all.ts'

test('stops all, side by side, however many fail, and throws what failed first', async () => {
  const stopped: string[] = []
  const meeting = Promise.withResolvers<void>()
  const stops = [
    async () => {
      await meeting.promise
      stopped.push('slow')
    },
    () => {
      throw new Error('first')
    },
    async () => {
      meeting.resolve()
      throw new Error('second')
    },
  ]
  await expect(stopAll(stops)).rejects.toThrow('first')
  expect(stopped).toEqual(['slow'])
  await stopAll([])
})
