// How a request carries its plan to the fault listeners: one header for each attempt and action. The number is the
// cluster's place in the environment's list; a header with `h2` speaks to host 2 only, and there it stands in place of the
// cluster's own header, so it holds the cluster's plan too.
//
//   x-shaketable-0-a1-abort: 503      cluster 0, attempt 1
//   x-shaketable-0h2-a3-delay: 800    cluster 0, host 2, attempt 3, milliseconds

import { InputError } from '../core/errors.ts'
import type { PlannedFault } from '../core/history.ts'

/** Carries the request's id to every log. */
export const requestIdHeader = 'x-shaketable-id'

/** The fault listeners have a route for each attempt up to this one; later attempts are never planned for. */
export const maxPlannedAttempts = 8

/** Envoy refuses a request with more than 100 headers; these leave room for the user's and its own. */
const planHeadersMax = 64

interface Action {
  readonly status?: number
  readonly delayMs: number
}

/**
 * Several faults on one attempt merge: delays add up, the first abort wins.
 * @throws InputError when a request would carry more headers than Envoy takes
 */
export function planHeaders(plan: readonly PlannedFault[], clusters: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const planned of plan) {
    const { target, host, attempt } = planned
    const cluster = clusters.indexOf(target)
    if (cluster < 0) throw new Error(`fault ${planned.fault} is planned for ${target}, none of ${clusters.join(', ')}`)
    const concerned = plan.filter(
      (other) => other.target === target && other.attempt === attempt && (other.host ?? host) === host,
    )
    const { status, delayMs } = concerned.reduce(merge, { delayMs: 0 })
    const prefix = `x-shaketable-${cluster}${host === undefined ? '' : `h${host}`}-a${attempt}`
    if (status !== undefined) headers[`${prefix}-abort`] = String(status)
    // Envoy reads whole milliseconds.
    if (delayMs > 0) headers[`${prefix}-delay`] = String(Math.max(1, Math.round(delayMs)))
  }
  const count = Object.keys(headers).length
  if (count <= planHeadersMax) return headers
  throw new InputError(
    `expected at most ${planHeadersMax} planned faults on the attempts of one request, found ${count}; plan fewer faults at the same time`,
  )
}

function merge(sum: Action, { status, delayMs }: PlannedFault): Action {
  const first = sum.status ?? status
  return { delayMs: sum.delayMs + (delayMs ?? 0), ...(first === undefined ? {} : { status: first }) }
}
