// A foreign retry policy, with Envoy's defaults.

import type { DeclaredRoute } from '../policy.ts'
import type { Json } from '../xds.ts'
import { durationMsOf, firstOf, numberOf, objectOf, objectsOf, textOf } from './declared-fields.ts'

/** As long as Envoy lets `rate_limited_retry_back_off` wait by default. */
const rateLimitedMaxMs = 300_000

export function declaredRetry(
  value: Json | undefined,
  bodyKeptBytes: number | undefined,
): { readonly retry?: NonNullable<DeclaredRoute['retry']>; readonly unmodelled: string | undefined } | undefined {
  const policy = objectOf(value)
  if (policy === undefined) return undefined
  const on = (textOf(policy.retry_on) ?? '').split(',').map((condition) => condition.trim())
  const backOff = objectOf(policy.retry_back_off)
  const backOffBaseMs = durationMsOf(backOff?.base_interval) ?? 25
  const perTryTimeoutMs = durationMsOf(policy.per_try_timeout) ?? 0
  const rateLimited = objectOf(policy.rate_limited_retry_back_off)
  const statusCodes = Array.isArray(policy.retriable_status_codes)
    ? policy.retriable_status_codes.flatMap((code) => numberOf(code) ?? [])
    : []
  const unmodelled = firstOf(policy, ['retry_options_predicates', 'per_try_idle_timeout', 'refresh_cluster_on_retry'])
  const conditional = objectsOf(policy.retriable_request_headers).length > 0 ? 'retriable_request_headers' : undefined
  return {
    retry: {
      on: on.filter((condition) => condition !== ''),
      ...(statusCodes.length > 0 && { statusCodes }),
      retries: numberOf(policy.num_retries) ?? 1,
      ...(perTryTimeoutMs > 0 && { perTryTimeoutMs }),
      backOffBaseMs,
      backOffMaxMs: durationMsOf(backOff?.max_interval) ?? 10 * backOffBaseMs,
      ...(rateLimited !== undefined && {
        rateLimitedMaxMs: durationMsOf(rateLimited.max_interval) ?? rateLimitedMaxMs,
      }),
      ...(bodyKeptBytes !== undefined && { bodyKeptBytes }),
    },
    unmodelled: unmodelled ?? conditional,
  }
}
