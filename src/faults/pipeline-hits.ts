// Which calls and invocations of a pipeline a fault hits: a share of them by the seed, and, with `first`, only the first
// occurrences with the same objects, so that what is tried again succeeds.

import { z } from 'zod'
import type { Rolls } from '../core/pipeline-fault.ts'
import { shareOf } from './abort.ts'
import { ratio } from './duration-schema.ts'

export const hitSettings = {
  ratio: ratio.default(1),
  first: z
    .number()
    .int()
    .min(1)
    .optional()
    .describe('Only the first so many calls or invocations with the same objects, retries included'),
}

export interface Hits {
  readonly ratio: number
  readonly first?: number | undefined
}

export function hits({ ratio, first }: Hits, { occurrence }: { readonly occurrence: number }, rolls: Rolls): boolean {
  return (first === undefined || occurrence <= first) && rolls.each() < ratio
}

/** `on 5 % of calls`, `on all calls, the first 2 for each object`. */
export function onWhat({ ratio, first }: Hits, what: string): string {
  const limit =
    first === undefined ? '' : first === 1 ? ', the first for each object' : `, the first ${first} for each object`
  return `on ${shareOf(ratio)} ${what}${limit}`
}
