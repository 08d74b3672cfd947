// Faults of an answer's body, of a call in a pipeline or an attempt in a mesh: cut-body ends it early, so that a download looks
// whole to who does not check; slow-body lets it come at a rate.

import { z } from 'zod'
import type { FaultKind } from '../core/fault.ts'
import { shareOf } from './abort.ts'
import { hitSettings, hits, onWhat } from './pipeline-hits.ts'
import { onConnections, onShare } from './tcp-faults.ts'

const afterDefault = 0.5
/** Of the 64 that answers have by default. */
const afterBytesDefault = 10

const cutSchema = z.strictObject({
  after: z
    .number()
    .min(0)
    .lt(1)
    .optional()
    .describe('In a pipeline: share of the body that still comes, from 0 to below 1. Default: 0.5'),
  afterBytes: z.int().min(0).optional().describe('In a mesh: bytes of the body that still come. Default: 10'),
  ...hitSettings,
})

type CutBody = z.output<typeof cutSchema>

export const cutBody: FaultKind<CutBody> = {
  name: 'cut-body',
  about: "Ends the connection in the middle of an answer's body.",
  schema: cutSchema,
  isolated: false,
  needsRelay: true,
  onlyIn: { mesh: ['afterBytes'], pipeline: ['after', 'first'] },
  describe: (config) => {
    if (config.afterBytes !== undefined) return `body ends after ${config.afterBytes} bytes ${onConnections(config)}`
    if (config.after === undefined) return `body ends midway ${onWhat(config, 'answers')}`
    return `body ends after ${shareOf(config.after)} its bytes ${onWhat(config, 'calls')}`
  },
  planCall: (config, call, rolls) =>
    hits(config, call, rolls) ? { cutBodyRatio: config.after ?? afterDefault } : undefined,
  inject: (fault, config, surface) =>
    onShare(surface, fault, { kind: 'cut', afterBytes: config.afterBytes ?? afterBytesDefault }, config),
}

const slowSchema = z.strictObject({ bytesPerSecond: z.number().min(1), ...hitSettings })

type SlowBody = z.output<typeof slowSchema>

export const slowBody: FaultKind<SlowBody> = {
  name: 'slow-body',
  about: "Lets an answer's body come at a rate.",
  schema: slowSchema,
  isolated: false,
  needsRelay: true,
  onlyIn: { pipeline: ['first'] },
  describe: (config) => `body at ${config.bytesPerSecond} bytes/s ${onWhat(config, 'answers')}`,
  planCall: (config, call, rolls) =>
    hits(config, call, rolls) ? { bodyBytesPerSecond: config.bytesPerSecond } : undefined,
  inject: (fault, config, surface) => onShare(surface, fault, { kind: 'slow', ...trickle(config) }, config),
}

/** A tenth of a second's bytes at a time; slower than that, byte by byte. */
function trickle({ bytesPerSecond }: SlowBody) {
  const everyMs = Math.max(100, 1000 / bytesPerSecond)
  return { bytes: Math.max(1, Math.round((bytesPerSecond * everyMs) / 1000)), everyMs }
}
