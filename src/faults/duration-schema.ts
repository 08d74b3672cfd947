// A duration in a fault's settings: `800ms`, `1.5s`. The record holds milliseconds.

import { z } from 'zod'
import { parseDurationMs } from '../core/units.ts'

export const durationMs = z
  .string({ error: 'a duration such as 250ms, 1.5s or 2m' })
  .refine((text) => parseDurationMs(text) !== undefined, 'a duration such as 250ms, 1.5s or 2m')
  .transform((text) => parseDurationMs(text) ?? Number.NaN)
  .describe('Duration with a unit: 250ms, 1.5s, 2m')

export const ratio = z.number().min(0).max(1).describe('Share of attempts, 0-1')
