import { expect, test } from 'vitest'
import { places } from './places.ts'

/** Takes `count` places and tells who has got one. */
function takers(limit: ReturnType<typeof places>, count: number) {
  const got: string[] = []
  for (let index = 0; index < count; index++) {
    void limit.take().then((has) => got.push(has ? `${index}` : `${index} refused`))
  }
  return got
}

const settle = () => new Promise((resolve) => setImmediate(resolve))

test('without a limit all get a place at once', async () => {
  const got = takers(places(Number.POSITIVE_INFINITY, 0), 100)
  await settle()
  expect(got.length).toBe(100)
})

test('who waits gets a place in order, one for each that is given back', async () => {
  const limit = places(2, 10)
  const got = takers(limit, 5)
  await settle()
  expect(got).toEqual(['0', '1'])
  limit.release()
  await settle()
  expect(got).toEqual(['0', '1', '2'])
  for (let index = 0; index < 4; index++) limit.release()
  await settle()
  expect(got).toEqual(['0', '1', '2', '3', '4'])
  // All were given back: two are free again, and no more.
  const more = takers(limit, 3)
  await settle()
  expect(more).toEqual(['0', '1'])
})

test('who comes when too many wait is refused at once', async () => {
  const got = takers(places(1, 1), 3)
  await settle()
  expect(got).toEqual(['0', '2 refused'])
})
