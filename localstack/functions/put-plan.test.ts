import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  bytesOf,
  bytesPerCallMax,
  bytesPerEntryMax,
  chunksOf,
  entriesPerCallMax,
  putInRounds,
  waitMs,
} from './put-plan.ts'

const entry = (name: string | number, bytes = 10) => ({ data: 'x'.repeat(bytes), partitionKey: String(name) })
const names = (entries: readonly { readonly partitionKey: string }[]) => entries.map(({ partitionKey }) => partitionKey)
const always = async () => true

describe('chunks', () => {
  test('keep every entry once, in their order, within both limits', () => {
    const sizes = fc.array(fc.oneof(fc.constant(10), fc.integer({ min: 1, max: bytesPerEntryMax - 10 })), {
      maxLength: 20,
    })
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 60 }), (bytes, repeat) => {
        const data = new Map(bytes.map((size) => [size, 'x'.repeat(size)]))
        const entries = Array.from({ length: repeat }, () => bytes)
          .flat()
          .map((size, index) => ({ data: data.get(size) ?? '', partitionKey: String(index) }))
        const chunks = chunksOf(entries)
        expect(chunks.flat()).toEqual(entries)
        for (const chunk of chunks) {
          expect(chunk.length).toBeLessThanOrEqual(entriesPerCallMax)
          expect(chunk.length).toBeGreaterThan(0)
          expect(chunk.reduce((sum, one) => sum + bytesOf(one), 0)).toBeLessThanOrEqual(bytesPerCallMax)
        }
      }),
      { numRuns: 30 },
    )
  })

  test('1200 small ones are three calls', () => {
    expect(chunksOf(Array.from({ length: 1200 }, (_, index) => entry(index))).map((chunk) => chunk.length)).toEqual([
      500, 500, 200,
    ])
  })
})

describe('rounds', () => {
  test('only what was refused is put again, until nothing is left', async () => {
    const calls: string[][] = []
    const left = await putInRounds(
      ['a', 'b', 'c', 'd'].map((name) => entry(name)),
      {
        roundsMax: 5,
        pause: always,
        call: async (entries) => {
          calls.push(names(entries))
          return entries.map((_one, index) => (index > 0 ? { error: 'throttled' } : {}))
        },
      },
    )
    expect(left).toEqual([])
    expect(calls).toEqual([['a', 'b', 'c', 'd'], ['b', 'c', 'd'], ['c', 'd'], ['d']])
  })

  test('what is left at the end comes back with its last error', async () => {
    let round = 0
    const left = await putInRounds([entry('a'), entry('b')], {
      roundsMax: 3,
      pause: always,
      call: async (entries) => {
        round++
        return entries.map(({ partitionKey }) => (partitionKey === 'b' ? { error: `refused ${round}` } : {}))
      },
    })
    expect(left).toEqual([{ entry: entry('b'), error: 'refused 3' }])
  })

  test('no time left ends them', async () => {
    let calls = 0
    const call = async () => {
      calls++
      return [{ error: 'throttled' }]
    }
    const left = await putInRounds([entry('a')], { roundsMax: 9, pause: async (round) => round < 2, call })
    expect([left.length, calls]).toEqual([1, 2])
  })

  test('an answer that is too short counts as refused', async () => {
    const left = await putInRounds([entry('a'), entry('b')], { roundsMax: 1, pause: always, call: async () => [{}] })
    expect(left).toEqual([{ entry: entry('b'), error: 'no answer for this entry' }])
  })

  test('a hopeless entry is not tried again, and one that is too large not at all', async () => {
    const calls: string[][] = []
    const left = await putInRounds([entry('huge', bytesPerEntryMax), entry('a'), entry('b')], {
      roundsMax: 5,
      pause: always,
      call: async (entries) => {
        calls.push(names(entries))
        return entries.map(({ partitionKey }) => (partitionKey === 'a' ? { error: 'no such stream', final: true } : {}))
      },
    })
    expect(names(left.map(({ entry: one }) => one))).toEqual(['huge', 'a'])
    expect(calls).toEqual([['a', 'b']])
  })

  test('waits grow, up to a limit, and never vanish', () => {
    expect([1, 2, 3, 10].map((round) => waitMs(round, 0))).toEqual([100, 200, 400, 3000])
    expect(waitMs(1, 0.999)).toBeGreaterThan(50)
  })
})
