// Delay: the fault listener holds an attempt back before it goes on to the upstream. A delay beyond every timer is a hang. In a
// pipeline the hop holds a call back.

import { z } from 'zod'
import type { FaultKind } from '../core/fault.ts'
import { formatMs } from '../core/units.ts'
import { shareOf } from './abort.ts'
import { durationMs, ratio } from './duration-schema.ts'

const schema = z.strictObject({
  duration: durationMs,
  ratio: ratio.default(1),
  dice: z.boolean().default(false),
})

type Delay = z.output<typeof schema>

export const delay: FaultKind<Delay> = {
  name: 'delay',
  about: 'Holds attempts back before they reach the upstream.',
  schema,
  isolated: false,
  describe: ({ duration, ratio, dice }) =>
    `${formatMs(duration)} late on ${shareOf(ratio)} attempts${dice ? " (Envoy's dice)" : ''}`,
  plan: ({ duration, ratio, dice }, _attempt, roll) => (!dice && roll() < ratio ? { delayMs: duration } : undefined),
  planCall: ({ duration, ratio }, _call, rolls) => (rolls.each() < ratio ? { delayMs: duration } : undefined),
  inject: async ({ target, host }, { duration, ratio, dice }, surface) =>
    dice ? surface.dice(target, host, { delayMs: duration, delayPercent: ratio * 100 }) : undefined,
}
