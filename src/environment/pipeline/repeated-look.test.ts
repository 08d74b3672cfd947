import { expect, test, vi } from 'vitest'
import { EnvironmentError } from '../../core/errors.ts'
import { repeatedLook } from './repeated-look.ts'

const failure = 'table t could not be read'

test('looks by itself, again and again, also after a failure', async () => {
  let looks = 0
  const looking = repeatedLook({
    failure,
    everyMs: 1,
    look: async () => {
      if (++looks % 2 === 1) throw new Error('frozen')
    },
  })
  await vi.waitUntil(() => looks >= 4, 5000)
  await looking.stop()
})

test('a look that is asked for begins after the question, never beside another', async () => {
  const begun: PromiseWithResolvers<void>[] = []
  let running = 0
  const looking = repeatedLook({
    failure,
    everyMs: 1,
    look: async () => {
      expect(++running).toBe(1)
      const look = Promise.withResolvers<void>()
      begun.push(look)
      await look.promise
      running--
    },
  })
  await vi.waitUntil(() => begun.length === 1, 5000)
  let done = false
  const asked = looking.look().then(() => {
    done = true
  })
  begun[0]?.resolve()
  await vi.waitUntil(() => begun.length === 2, 5000)
  expect(done).toBe(false)
  begun[1]?.resolve()
  await asked
  const stopped = looking.stop()
  for (const look of begun) look.resolve()
  await stopped
})

test('who asks learns of a failure, with what to do', async () => {
  const looking = repeatedLook({
    failure,
    everyMs: 1000,
    look: async () => {
      throw Object.assign(new Error('connection refused'), { name: 'TimeoutError' })
    },
  })
  const thrown = await looking.look().catch((error: unknown) => error)
  expect(thrown).toBeInstanceOf(EnvironmentError)
  expect((thrown as Error).message).toMatch(/^table t could not be read: TimeoutError: connection refused\n {2}hint: /)
  await looking.stop()
})

test('a stop aborts the look under way, and no other follows', async () => {
  let looks = 0
  const looking = repeatedLook({
    failure,
    everyMs: 1,
    look: (signal) =>
      new Promise((_, reject) => {
        looks++
        signal.addEventListener('abort', () => reject(signal.reason))
      }),
  })
  const asked = looking.look()
  await vi.waitUntil(() => looks === 1, 5000)
  await looking.stop()
  await asked
  await looking.stop()
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(looks).toBe(1)
})
