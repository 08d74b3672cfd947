// Throughput: the answer's body comes at a limited rate, by the fault filter's own rate limit. Answers shorter than what
// the limit lets through at once come as ever. What it slows is the body of one answer; `bandwidth` slows a connection.

import { z } from 'zod'
import type { FaultKind } from '../core/fault.ts'
import { shareOf } from './abort.ts'
import { ratio } from './duration-schema.ts'

const kibPerSecondMax = 1_000_000

const schema = z.strictObject({
  kibPerSecond: z.number().int().min(1).max(kibPerSecondMax).describe('KiB a second of an answer, at most'),
  ratio: ratio.default(1),
})

type Throughput = z.output<typeof schema>

export const throughput: FaultKind<Throughput> = {
  name: 'throughput',
  about: 'Slows the bodies of answers down to a rate.',
  schema,
  isolated: false,
  describe: ({ kibPerSecond, ratio }) => `${kibPerSecond} KiB/s on ${shareOf(ratio)} attempts`,
  plan: ({ kibPerSecond, ratio }, _attempt, roll) => (roll() < ratio ? { kibPerSecond } : undefined),
}
