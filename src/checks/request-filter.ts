// Which requests of a scenario an expectation means: those of one traffic or path, and those intended within a window. All
// of it is optional; without settings every request counts.

import { z } from 'zod'
import type { RequestSent } from '../core/history.ts'
import { parseDurationMs } from '../core/units.ts'

const duration = z
  .string()
  .regex(/^\d+(\.\d+)?(us|ms|s|m|h)$/, 'a duration such as "500ms"')
  .refine((text) => parseDurationMs(text) !== undefined, 'a duration such as "500ms"')

/** Fields to spread into a check's own strict object. */
export const requestFilterFields = {
  route: z
    .union([z.int().min(0), z.string().startsWith('/')])
    .optional()
    .describe('Only this traffic: its index in the scenario, or its path'),
  from: duration.optional().describe("Only requests intended from here on, since the scenario's start"),
  until: duration.optional().describe("Only requests intended before this, since the scenario's start"),
} as const

export interface RequestFilter {
  readonly route?: number | string | undefined
  readonly from?: string | undefined
  readonly until?: string | undefined
}

/** Whether the request is meant; undefined when that takes the scenario's start and it is not known. */
export function selects(filter: RequestFilter, sent: RequestSent, startMs: number | undefined): boolean | undefined {
  const { route, from, until } = filter
  if (typeof route === 'number' && sent.traffic !== route) return false
  if (typeof route === 'string' && sent.path !== route) return false
  if (from === undefined && until === undefined) return true
  if (startMs === undefined) return undefined
  const sinceStartMs = sent.intendedMs - startMs
  if (from !== undefined && sinceStartMs < (parseDurationMs(from) ?? 0)) return false
  return until === undefined || sinceStartMs < (parseDurationMs(until) ?? Number.POSITIVE_INFINITY)
}
