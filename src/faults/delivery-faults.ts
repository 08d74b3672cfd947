// Faults of how an event is delivered to a function: timeout (the work is done, the answer never comes), duplicate (delivered
// again with the same request id) and late (held back; what comes after it overtakes it, so the order changes).

import { z } from 'zod'
import type { FaultKind } from '../core/fault.ts'
import { formatMs } from '../core/units.ts'
import { durationMs } from './duration-schema.ts'
import { type Hits, hitSettings, hits, onWhat } from './pipeline-hits.ts'

export const timeout: FaultKind<Hits> = {
  name: 'timeout',
  about: "Lets a function do its work and withholds its answer until the function's timeout.",
  schema: z.strictObject(hitSettings),
  isolated: false,
  describe: (config) => `timed out ${onWhat(config, 'invocations')}`,
  planInvocation: (config, invocation, rolls) => (hits(config, invocation, rolls) ? { timeout: true } : undefined),
}

const duplicateSchema = z.strictObject({
  times: z.number().int().min(1).max(10).default(1).describe('Further deliveries'),
  ratio: hitSettings.ratio,
  /** A duplicate is an invocation as well: without a limit it would be duplicated again. */
  first: hitSettings.first.default(1),
})

type Duplicate = z.output<typeof duplicateSchema>

export const duplicate: FaultKind<Duplicate> = {
  name: 'duplicate',
  about: 'Delivers an event again with the same request id, as asynchronous Lambda may do.',
  schema: duplicateSchema,
  isolated: false,
  describe: (config) => `delivered ${config.times + 1} times ${onWhat(config, 'invocations')}`,
  planInvocation: (config, invocation, rolls) =>
    hits(config, invocation, rolls) ? { duplicates: config.times } : undefined,
}

const lateSchema = z.strictObject({ duration: durationMs, ...hitSettings })

type Late = z.output<typeof lateSchema>

export const late: FaultKind<Late> = {
  name: 'late',
  about: 'Delivers an event late, so that others overtake it.',
  schema: lateSchema,
  isolated: false,
  describe: (config) => `delivered ${formatMs(config.duration)} late ${onWhat(config, 'invocations')}`,
  planInvocation: (config, invocation, rolls) =>
    hits(config, invocation, rolls) ? { delayMs: config.duration } : undefined,
}
