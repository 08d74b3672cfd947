// Counts how many requests hold one of a breaker's slots at a time, from two sides, so that no measurement error can
// accuse: holds that surely were there (shrunk by a margin) must never exceed the limit, and a refusal needs as many
// holds that possibly were there (widened a little). A push of the cluster empties the breaker.
//
//        from            until
//     ···|··##############··|···     ####: surely held, the whole line: possibly held
//
// The widening is small because all stamps are of one thread, whose order they keep; a wide one would count what merely
// ended or began nearby, and hide a breaker that is too small.

import type { WholeRequest } from './rule.ts'
import { type Moment, sweep } from './sweep.ts'

const wideningMs = 0.5

export interface Hold {
  readonly fromMs: number
  /** The slot was surely held until then ... */
  readonly surelyUntilMs: number
  /** ... and possibly until then. */
  readonly possiblyUntilMs: number
  readonly request: WholeRequest
}

export interface Slots {
  hold(hold: Hold): void
  refuse(atMs: number, request: WholeRequest): void
  advance(watermarkMs: number): void
}

export interface SlotRules {
  /** At most so many at `atMs`; where the limit itself is not sure: the most and the least that it may be. */
  limitAt(atMs: number, side: 'most' | 'least'): number
  epochAt(atMs: number): number
  /** A push is under way, so nothing is judged. */
  muted(atMs: number): boolean
  readonly marginMs: number
  held(request: WholeRequest, surely: number, limit: number, atMs: number): void
  refused(request: WholeRequest, possibly: number, limit: number, atMs: number): void
}

type Kind = 'surely-ends' | 'surely-begins' | 'possibly-begins' | 'refused' | 'possibly-ends'
const orders: Readonly<Record<Kind, number>> = {
  'surely-ends': 0,
  'surely-begins': 1,
  'possibly-begins': 2,
  refused: 3,
  'possibly-ends': 4,
}

interface SlotMoment extends Moment {
  readonly kind: Kind
  readonly request: WholeRequest
}

export function slots(rules: SlotRules): Slots {
  const surely = new Map<string, number>()
  const possibly = new Map<string, number>()
  let epoch: number | undefined
  const line = sweep<SlotMoment>(({ atMs, kind, request }) => {
    const now = rules.epochAt(atMs)
    if (epoch !== undefined && now !== epoch) surely.clear()
    epoch = now
    if (kind === 'surely-ends') count(surely, request.id, -1)
    else if (kind === 'possibly-begins') count(possibly, request.id, 1)
    else if (kind === 'possibly-ends') count(possibly, request.id, -1)
    else if (kind === 'surely-begins') {
      count(surely, request.id, 1)
      if (!rules.muted(atMs)) rules.held(request, total(surely), rules.limitAt(atMs, 'most'), atMs)
    } else if (!rules.muted(atMs)) {
      // A refused request cannot have been refused because of itself.
      const others = total(possibly) - (possibly.get(request.id) ?? 0)
      rules.refused(request, others, rules.limitAt(atMs, 'least'), atMs)
    }
  })
  const add = (kind: Kind, atMs: number, request: WholeRequest) =>
    line.add({ kind, atMs, request, order: orders[kind] })
  return {
    hold({ fromMs, surelyUntilMs, possiblyUntilMs, request }) {
      add('possibly-begins', fromMs - wideningMs, request)
      add('possibly-ends', possiblyUntilMs + wideningMs, request)
      if (surelyUntilMs - fromMs <= 2 * rules.marginMs) return
      add('surely-begins', fromMs + rules.marginMs, request)
      add('surely-ends', surelyUntilMs - rules.marginMs, request)
    },
    refuse: (atMs, request) => add('refused', atMs, request),
    advance: (watermarkMs) => line.advance(watermarkMs),
  }
}

function count(counts: Map<string, number>, id: string, by: 1 | -1): void {
  const next = (counts.get(id) ?? 0) + by
  if (next > 0) counts.set(id, next)
  else counts.delete(id)
}

function total(counts: ReadonlyMap<string, number>): number {
  let sum = 0
  for (const held of counts.values()) sum += held
  return sum
}
