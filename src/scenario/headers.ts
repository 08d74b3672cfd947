// How a request carries its plan to the fault listeners: one header for each attempt and action. The number is the
// cluster's place in the environment's list; a header with `h2` speaks to host 2 only, and there it stands in place of the
// cluster's own header, so it holds the cluster's plan too.
//
//   x-shaketable-0-a1-abort: 503      cluster 0, attempt 1
//   x-shaketable-0h2-a3-delay: 800    cluster 0, host 2, attempt 3, milliseconds
//   x-shaketable-0-a1-grpc: 14        a grpc-status instead
//   x-shaketable-0-a1-throughput: 64  KiB a second

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
  readonly grpcStatus?: number
  readonly kibPerSecond?: number
  readonly delayMs: number
}

/**
 * Several faults on one attempt merge: delays add up, the first abort wins, an HTTP status before a grpc-status (as in
 * Envoy's fault filter), and the slowest rate.
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
    const { status, grpcStatus, delayMs, kibPerSecond } = concerned.reduce<Action>(merge, { delayMs: 0 })
    const prefix = `x-shaketable-${cluster}${host === undefined ? '' : `h${host}`}-a${attempt}`
    if (status !== undefined) headers[`${prefix}-abort`] = String(status)
    else if (grpcStatus !== undefined) headers[`${prefix}-grpc`] = String(grpcStatus)
    // Envoy reads whole milliseconds.
    if (delayMs > 0) headers[`${prefix}-delay`] = String(Math.max(1, Math.round(delayMs)))
    if (kibPerSecond !== undefined) headers[`${prefix}-throughput`] = String(kibPerSecond)
  }
  const count = Object.keys(headers).length
  if (count <= planHeadersMax) return headers
  throw new InputError(
    `expected at most ${planHeadersMax} planned faults on the attempts of one request, found ${count}; plan fewer faults at the same time`,
  )
}

function merge(sum: Action, { status, grpcStatus, delayMs, kibPerSecond }: PlannedFault): Action {
  const abort = sum.status ?? status
  const grpcAbort = sum.grpcStatus ?? grpcStatus
  const slowest = Math.min(sum.kibPerSecond ?? Number.POSITIVE_INFINITY, kibPerSecond ?? Number.POSITIVE_INFINITY)
  return {
    delayMs: sum.delayMs + (delayMs ?? 0),
    ...(abort === undefined ? {} : { status: abort }),
    ...(grpcAbort === undefined ? {} : { grpcStatus: grpcAbort }),
    ...(slowest === Number.POSITIVE_INFINITY ? {} : { kibPerSecond: slowest }),
  }
}
