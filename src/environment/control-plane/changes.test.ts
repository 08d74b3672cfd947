import { expect, test } from 'vitest'
import { changes } from './changes.ts'

const never = new AbortController().signal

test('a change between looking and waiting is not missed', async () => {
  const news = changes()
  const { count } = news
  news.announce()
  await news.after(count, 60_000, never)
})

test('every waiter wakes at the next change', async () => {
  const news = changes()
  const waiters = [1, 2, 3].map(() => news.after(news.count, 60_000, never))
  news.announce()
  await Promise.all(waiters)
  expect(news.count).toBe(1)
})

test('a limit and a client that left end the wait', async () => {
  const news = changes()
  await news.after(news.count, 1, never)
  const left = new AbortController()
  const waiting = news.after(news.count, 60_000, left.signal)
  left.abort()
  await waiting
  await news.after(news.count, 60_000, left.signal)
})
