// Whatever the outcomes, and in whatever order near ones were counted: the run calls a threshold `sure` only when Envoy's
// counter reached it in every such order, and `possible` whenever it did in one.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { exactMs, failureRun } from './failure-run.ts'

interface Seen {
  readonly atMs: number
  readonly bad: boolean
}

/** Envoy's counter: bad answers count up, a good one and a reached threshold set it back. */
function timesReached(outcomes: readonly Seen[], threshold: number): readonly number[] {
  let run = 0
  return outcomes.flatMap(({ atMs, bad }) => {
    run = bad ? run + 1 : 0
    if (run < threshold) return []
    run = 0
    return [atMs]
  })
}

const outcomes = fc
  .array(fc.record({ gapMs: fc.double({ min: 0.01, max: 4, noNaN: true }), bad: fc.boolean() }), { maxLength: 40 })
  .map((rows) => {
    let atMs = 0
    return rows.map(({ gapMs, bad }): Seen => {
      atMs += gapMs
      return { atMs, bad }
    })
  })

/** The same outcomes with stamps that are off by less than half of what two of them may differ. */
const jittered = (seen: readonly Seen[], jitters: readonly number[]) =>
  seen
    .map(({ atMs, bad }, index) => ({ atMs: atMs + ((jitters[index] ?? 0) * exactMs) / 2.1, bad }))
    .toSorted((left, right) => left.atMs - right.atMs)

test('what Envoy reached is possible, however the stamps were off', () => {
  const jitters = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 40, maxLength: 40 })
  fc.assert(
    fc.property(outcomes, jitters, fc.integer({ min: 1, max: 4 }), (truth, offsets, threshold) => {
      const reached = timesReached(truth, threshold)
      const run = failureRun(threshold, 0)
      const possible: number[] = []
      for (const { atMs, bad } of jittered(truth, offsets)) {
        run.add(bad ? 'bad' : 'good', atMs)
        possible.push(run.possibleAtMs())
      }
      for (const atMs of reached) expect(possible.some((at) => Math.abs(at - atMs) <= 2 * exactMs)).toBe(true)
    }),
    { numRuns: 2000 },
  )
})

test('with outcomes far apart it is exact', () => {
  const far = outcomes.map((seen) => seen.map(({ bad }, index) => ({ atMs: index * 5, bad })))
  fc.assert(
    fc.property(far, fc.integer({ min: 1, max: 4 }), (truth, threshold) => {
      const run = failureRun(threshold, 0)
      const sure = truth.filter(({ atMs, bad }) => run.add(bad ? 'bad' : 'good', atMs) === 'sure')
      expect(sure.map(({ atMs }) => atMs)).toEqual(timesReached(truth, threshold))
    }),
  )
})
