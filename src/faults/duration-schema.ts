// Settings that several faults share: a duration such as `800ms` or `1.5s`, in milliseconds inside the program, and a share.

import { z } from 'zod'
import { parseDurationMs } from '../core/units.ts'

/** Envoy's fault filter counts whole milliseconds. */
const shortestMs = 1
const longestMs = 3_600_000
const expected = 'a duration such as 250ms, 1.5s or 2m, from 1ms to 1h'

export const durationMs = z
  .string({ error: expected })
  .transform((text) => parseDurationMs(text) ?? Number.NaN)
  .refine((ms) => ms >= shortestMs && ms <= longestMs, { error: expected })
  .describe('Duration with a unit: 250ms, 1.5s, 2m')

export const ratio = z.number().min(0).max(1).describe('Share of attempts, 0-1')
