// How long an upstream works on a request: log-normal through the given p50 and p99, decided by seed, request id and
// attempt, so that two configs can be shaken with the very same service times.

import { decide } from '../../core/random.ts'

/** z of the 99th percentile of the standard normal distribution. */
const z99 = 2.3263478740408408

/** No request takes longer, however wide the distribution is; a timer of Node's holds 24 days at most. */
const longestMs = 3_600_000

/** Milliseconds, at most an hour; `p99Ms` below or at `p50Ms` means constant. */
export function serviceTimeMs(
  seed: string,
  requestId: string,
  attempt: number,
  shape: { readonly p50Ms: number; readonly p99Ms: number },
): number {
  if (shape.p99Ms <= shape.p50Ms || shape.p50Ms <= 0) return shape.p50Ms
  const sigma = Math.log(shape.p99Ms / shape.p50Ms) / z99
  return Math.min(longestMs, shape.p50Ms * Math.exp(sigma * standardNormal(seed, requestId, attempt)))
}

/** Box-Muller on two decisions. */
function standardNormal(seed: string, requestId: string, attempt: number): number {
  const radius = Math.sqrt(-2 * Math.log(1 - decide(seed, 'service-radius', requestId, attempt)))
  return radius * Math.cos(2 * Math.PI * decide(seed, 'service-angle', requestId, attempt))
}
