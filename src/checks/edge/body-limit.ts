// Rule `body-limit`: a body above the declared limit is answered with 413 and comes nowhere; one at the limit passes. By
// HTTP/2 Envoy's buffer filter does not count the frame that ends the stream (measured), so only what comes before it must
// be within the limit. Limits on buffers of connections are no limits on bodies.

import { configOf, type EdgeAround, type EdgeRequest, type EdgeRule, isHttp2, nameOf, outcomeOf } from './rule.ts'

const frameBytes = 16_384

export const bodyLimit: EdgeRule = {
  name: 'body-limit',
  about: 'its body is longer than the declared limit and is not answered with 413, or not longer and is',
  judge(request, around) {
    const { sent, logged, seen } = request
    const isRefused = logged.details === 'request_payload_too_large'
    const limit = limitOf(around)
    if (limit === 'unknown' || sent.bodyBytes === 0) return 'not-asked'
    const observed = outcomeOf(request)
    const config = configOf(around, 'bodyLimit')
    const about = `${nameOf(request)} with a body of ${sent.bodyBytes} bytes`
    if (limit === undefined || sent.bodyBytes <= limit) {
      if (!isRefused) return limit === undefined ? 'not-asked' : 'kept'
      const expected = limit === undefined ? 'no limit' : `a limit of ${limit} bytes`
      return { message: `${about} was too large`, expected, observed, ...config }
    }
    if (isRefused && seen.length === 0) return 'kept'
    // Whatever answered it before its body was there.
    if (!isRefused && logged.details !== 'via_upstream' && seen.length === 0) return 'not-asked'
    if (counted(request) <= limit) return 'not-asked'
    return { message: `${about} passed`, expected: `413 above ${limit} bytes`, observed, ...config }
  },
}

/** Bytes that Envoy is sure to hold against the limit. */
function counted(request: EdgeRequest): number {
  const { bodyBytes } = request.sent
  if (!isHttp2(request)) return bodyBytes
  const slow = request.traffic.request.slowBody
  if (slow !== undefined) return Math.floor((bodyBytes * (slow.parts - 1)) / slow.parts)
  return Math.floor((bodyBytes - 1) / frameBytes) * frameBytes
}

/** The routes that it may have taken agree, or nobody knows. */
function limitOf({ edge, routes }: EdgeAround): number | undefined | 'unknown' {
  const limits = new Set(routes.map((route) => route?.bodyLimitBytes ?? edge.bodyLimitBytes))
  const [limit] = limits
  if (limits.size !== 1) return 'unknown'
  return limit === 'none' ? undefined : limit
}
