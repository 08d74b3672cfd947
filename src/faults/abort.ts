// Abort: the fault listener answers an attempt itself, with a status, instead of the upstream. By default the seed decides
// which attempts; `dice: true` leaves it to Envoy's own chance, where the fault filter itself is the point.

import { z } from 'zod'
import type { FaultKind } from '../core/fault.ts'
import { ratio } from './duration-schema.ts'

const schema = z.strictObject({
  status: z.number().int().min(200).max(599),
  ratio: ratio.default(1),
  dice: z.boolean().default(false),
})

type Abort = z.output<typeof schema>

export const abort: FaultKind<Abort> = {
  name: 'abort',
  about: 'Answers attempts with an HTTP status before they reach the upstream.',
  schema,
  isolated: false,
  describe: ({ status, ratio, dice }) => `${status} on ${shareOf(ratio)} attempts${dice ? " (Envoy's dice)" : ''}`,
  plan: ({ status, ratio, dice }, _attempt, roll) => (!dice && roll() < ratio ? { status } : undefined),
  inject: async ({ target, host }, { status, ratio, dice }, surface) =>
    dice ? surface.dice(target, host, { abortStatus: status, abortPercent: ratio * 100 }) : undefined,
}

/** `all`, or `5 % of`, to stand before what is meant. */
export function shareOf(ratio: number): string {
  return ratio === 1 ? 'all' : `${Number((ratio * 100).toFixed(4))} % of`
}
