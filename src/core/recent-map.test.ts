import { expect, test } from 'vitest'
import { recentMap } from './recent-map.ts'

test('an entry stays for two seconds after its release', () => {
  const map = recentMap<number>()
  map.set('a', 1)
  map.release('a', 1000)
  map.release('b', 2999)
  expect(map.get('a')).toBe(1)
  map.release('c', 3000)
  expect(map.get('a')).toBeUndefined()
})

test('entries that were never released stay, up to the limit, and the loss is counted', () => {
  const map = recentMap<number>(3)
  for (let index = 0; index < 5; index++) map.set(`id-${index}`, index)
  expect([...map.values()]).toEqual([2, 3, 4])
  expect(map.lost).toBe(2)
})

test('memory holds the last two seconds only', () => {
  const map = recentMap<number>()
  for (let index = 0; index < 100_000; index++) {
    map.set(`id-${index}`, index)
    map.release(`id-${index}`, index)
  }
  expect([...map.values()].length).toBeLessThan(2100)
})
