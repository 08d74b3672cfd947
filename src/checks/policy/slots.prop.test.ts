// A breaker that works is never accused, whatever the load and however its stamps jitter; one that is smaller or larger
// than declared is, as soon as it shows.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { WholeRequest } from './rule.ts'
import { slots } from './slots.ts'

interface Job {
  readonly atMs: number
  readonly heldMs: number
}

const jobs = fc
  .array(
    fc.record({
      gapMs: fc.double({ min: 0.05, max: 20, noNaN: true }),
      heldMs: fc.double({ min: 0.1, max: 80, noNaN: true }),
    }),
    {
      minLength: 1,
      maxLength: 60,
    },
  )
  .map((rows) => {
    let atMs = 0
    return rows.map(({ gapMs, heldMs }): Job => {
      atMs += gapMs
      return { atMs, heldMs }
    })
  })

/** A breaker with `size` slots; jobs that find none are refused. Jitter is that of log stamps. */
function accusations(rows: readonly Job[], size: number, declared: number, jitterMs: number) {
  let refusedOnes = 0
  const found = { held: 0, refused: 0 }
  const watch = slots({
    limitAt: () => declared,
    epochAt: () => 0,
    muted: () => false,
    marginMs: 1.1,
    held: (_request, surely, limit) => (surely > limit ? found.held++ : undefined),
    refused: (_request, possibly, limit) => (possibly < limit ? found.refused++ : undefined),
  })
  let held: readonly number[] = []
  for (const [index, { atMs, heldMs }] of rows.entries()) {
    const request = { id: String(index) } as WholeRequest
    held = held.filter((untilMs) => untilMs > atMs)
    if (held.length >= size) {
      refusedOnes++
      watch.refuse(atMs, request)
      continue
    }
    held = [...held, atMs + heldMs]
    const untilMs = atMs + heldMs + jitterMs
    watch.hold({ fromMs: atMs - jitterMs, surelyUntilMs: untilMs, possiblyUntilMs: untilMs, request })
  }
  watch.advance(Number.POSITIVE_INFINITY)
  return { ...found, refusedOnes }
}

const size = fc.integer({ min: 1, max: 5 })
const jitter = fc.double({ min: -0.4, max: 0.4, noNaN: true })

test('a breaker of the declared size is never accused', () => {
  fc.assert(
    fc.property(jobs, size, jitter, (rows, slotsOf, jitterMs) => {
      expect(accusations(rows, slotsOf, slotsOf, jitterMs)).toMatchObject({ held: 0, refused: 0 })
    }),
    { numRuns: 1000 },
  )
})

test('one that is too small is accused of every refusal but those next to another end or start', () => {
  const apart = jobs.map((rows) =>
    rows.map((row, index) => ({ atMs: index * 10, heldMs: Math.round(row.heldMs) * 10 + 5 })),
  )
  fc.assert(
    fc.property(apart, size, (rows, slotsOf) => {
      const { refused, refusedOnes } = accusations(rows, slotsOf, slotsOf + 1, 0)
      expect(refused).toBe(refusedOnes)
    }),
  )
})

test('one that is too large is accused when more are held than declared', () => {
  const many = Array.from({ length: 6 }, (_, index) => ({ atMs: index * 10, heldMs: 100 }))
  expect(accusations(many, 4, 4, 0)).toMatchObject({ held: 0 })
  expect(accusations(many, 5, 4, 0)).toMatchObject({ held: 1 })
})
