// Faults of an answer's body: cut-body ends it early, so that a download looks whole to who does not check; slow-body lets it
// come at a rate.

import { z } from 'zod'
import type { FaultKind } from '../core/fault.ts'
import { shareOf } from './abort.ts'
import { hitSettings, hits, onWhat } from './pipeline-hits.ts'

const cutSchema = z.strictObject({
  after: z.number().min(0).lt(1).default(0.5).describe('Share of the body that still comes, from 0 to below 1'),
  ...hitSettings,
})

type CutBody = z.output<typeof cutSchema>

export const cutBody: FaultKind<CutBody> = {
  name: 'cut-body',
  about: "Ends the connection in the middle of an answer's body.",
  schema: cutSchema,
  isolated: false,
  describe: (config) => `body ends after ${shareOf(config.after)} its bytes ${onWhat(config, 'calls')}`,
  planCall: (config, call, rolls) => (hits(config, call, rolls) ? { cutBodyRatio: config.after } : undefined),
}

const slowSchema = z.strictObject({ bytesPerSecond: z.number().min(1), ...hitSettings })

type SlowBody = z.output<typeof slowSchema>

export const slowBody: FaultKind<SlowBody> = {
  name: 'slow-body',
  about: "Lets an answer's body come at a rate.",
  schema: slowSchema,
  isolated: false,
  describe: (config) => `body at ${config.bytesPerSecond} bytes/s ${onWhat(config, 'calls')}`,
  planCall: (config, call, rolls) =>
    hits(config, call, rolls) ? { bodyBytesPerSecond: config.bytesPerSecond } : undefined,
}
