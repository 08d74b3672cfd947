// The format of a service definition, as a strict schema: what Envoy would refuse, ignore or misread is an error here,
// before anything is compiled. Each rule's message says what was expected; what was found and where is added by
// definition-problems.ts.

import { z } from 'zod'
import { parseLoadBalancerAddress } from './load-balancer-address.ts'

/** The longest duration that Envoy 1.40 accepts: whole nanoseconds must fit in 63 bits. */
export const durationMaxMs = 9_223_372_035_999
const uint32Max = 4_294_967_295

/** Methods that a route may name. */
export const methods = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'] as const

/** Every condition that Envoy 1.40 knows in `retry_on`. It ignores others in silence, so a misspelt one is an error. */
export const retryConditions = [
  '5xx',
  'gateway-error',
  'reset',
  'reset-before-request',
  'connect-failure',
  'envoy-ratelimited',
  'retriable-4xx',
  'refused-stream',
  'retriable-status-codes',
  'retriable-headers',
  'http3-post-connect-failure',
  'cancelled',
  'deadline-exceeded',
  'internal',
  'resource-exhausted',
  'unavailable',
] as const

const whole = (min: number, max: number, unit = '') => {
  const error = `a whole number from ${min} to ${max}${unit}`
  return z.number({ error }).int({ error }).min(min, { error }).max(max, { error })
}
const durationMs = (minMs: number) => whole(minMs, durationMaxMs, ' (milliseconds)')
const count = () => whole(0, uint32Max)
const percent = () => whole(0, 100, ' (percent)')
const truth = () => z.boolean({ error: 'true or false' })

// Control characters break header values; half a surrogate pair cannot be written as UTF-8.
const word = (pattern: RegExp, error: string) => z.string({ error }).regex(pattern, { error })
const clusterName = () => word(/^[^\s\p{Cc}\p{Cs}]+$/u, 'a name without spaces and control characters')
// Envoy reads a star at either end of a domain as a wildcard; a dependency is one service, or `*` for all others.
const dependencyName = () =>
  word(/^(?:\*|[^\s\p{Cc}\p{Cs}*]+)$/u, 'a name without spaces, control characters and stars (or only "*")')
// Envoy takes the query off before it compares, so a `?` or `#` in a route could never match.
const routePath = () =>
  word(/^\/[^\s\p{Cc}\p{Cs}?#]*$/u, 'text that begins with "/", without spaces, "?" and "#" (queries are not matched)')

const retryOnExpected = `a list of retry conditions separated by commas (${retryConditions.join(', ')})`

const retryPolicySchema = z.strictObject(
  {
    retry_on: z.string({ error: retryOnExpected }).superRefine((text, context) => {
      const terms = text.split(',').map((term) => term.trim())
      for (const term of terms)
        if (!retryConditions.some((known) => known === term))
          context.addIssue({ code: 'custom', message: retryOnExpected, params: { word: term } })
    }),
    num_retries: count(),
    per_try_timeout_ms: durationMs(0),
  },
  { error: 'a mapping with retry_on, num_retries and per_try_timeout_ms' },
)

const routeSchema = z
  .strictObject(
    {
      prefix: routePath().exactOptional(),
      path: routePath().exactOptional(),
      method: z.enum(methods, { error: `one of ${methods.join(', ')}` }).exactOptional(),
      timeout_ms: durationMs(0),
      retry_policy: retryPolicySchema.exactOptional(),
    },
    { error: 'a mapping with prefix or path, and timeout_ms' },
  )
  .superRefine(
    (route, context) => {
      const given = ['prefix', 'path'].filter((key) => Object.hasOwn(route, key))
      if (given.length !== 1)
        context.addIssue({
          code: 'custom',
          message: 'either prefix or path',
          params: { found: given.length === 0 ? 'neither' : 'both' },
        })
    },
    { when: ({ value }) => isMapping(value) },
  )

const circuitBreakerSchema = z.strictObject(
  { max_connections: count(), max_pending_requests: count(), max_retries: count() },
  { error: 'a mapping with max_connections, max_pending_requests and max_retries' },
)

const outlierDetectionSchema = z.strictObject(
  {
    consecutive_5xx: count().exactOptional(),
    consecutive_gateway_failure: count().exactOptional(),
    interval_ms: durationMs(1).exactOptional(),
    base_ejection_time_ms: durationMs(1).exactOptional(),
    max_ejection_percent: percent().exactOptional(),
    enforcing_consecutive_5xx: percent().exactOptional(),
    enforcing_consecutive_gateway_failure: percent().exactOptional(),
    enforcing_success_rate: percent().exactOptional(),
    success_rate_minimum_hosts: count().exactOptional(),
    success_rate_request_volume: count().exactOptional(),
    success_rate_stdev_factor: count().exactOptional(),
  },
  { error: 'a mapping of outlier detection settings' },
)

const lbExpected = 'host:port with a port from 1 to 65535 (IPv6 in brackets, as in "[::1]:80")'

const dependencySchema = z
  .strictObject(
    {
      name: dependencyName(),
      cluster_name: clusterName(),
      lb: z
        .string({ error: lbExpected })
        .refine((text) => parseLoadBalancerAddress(text) !== undefined, { error: lbExpected })
        .exactOptional(),
      sds: truth().exactOptional(),
      tls: truth(),
      connect_timeout_ms: durationMs(1),
      host_header: word(/^[^\s\p{Cc}\p{Cs}]+$/u, 'a host name without spaces and control characters').exactOptional(),
      circuit_breaker: circuitBreakerSchema.exactOptional(),
      outlier_detection: outlierDetectionSchema.exactOptional(),
      routes: z.array(routeSchema, { error: 'a list of routes' }).min(1, { error: 'a list of at least one route' }),
    },
    { error: 'a mapping that describes one dependency' },
  )
  .superRefine(
    (dependency, context) => {
      if (!Object.hasOwn(dependency, 'lb') && dependency.sds !== true)
        context.addIssue({ code: 'custom', message: 'lb, or sds: true', params: { found: 'neither' } })
    },
    { when: ({ value }) => isMapping(value) },
  )

export const definitionSchema = z.strictObject(
  {
    version: z.literal(1, { error: 'the number 1' }),
    dependencies: z
      .array(dependencySchema, { error: 'a list of dependencies' })
      .superRefine(refuseDuplicates, { when: ({ value }) => Array.isArray(value) }),
  },
  { error: 'a mapping with version and dependencies' },
)

/** A valid service definition, with the keys of the file. */
export type Definition = z.infer<typeof definitionSchema>
export type Dependency = Definition['dependencies'][number]
export type DependencyRoute = Dependency['routes'][number]

/** Envoy refuses two virtual hosts with one domain (whatever the case of ASCII letters) and two clusters with one name. */
function refuseDuplicates(dependencies: readonly unknown[], context: z.RefinementCtx): void {
  for (const key of ['name', 'cluster_name'] as const) {
    const first = new Map<string, number>()
    dependencies.forEach((dependency, index) => {
      const name = isMapping(dependency) ? dependency[key] : undefined
      if (typeof name !== 'string') return
      const same = key === 'name' ? name.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) : name
      const earlier = first.get(same)
      if (earlier === undefined) first.set(same, index)
      else
        context.addIssue({
          code: 'custom',
          path: [index, key],
          message: `a ${key} that no other dependency has (dependency ${earlier} has it, counted from 0)`,
        })
    })
  }
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The keys of each mapping, by the key under which it stands. */
export const knownKeys: Readonly<Record<string, readonly string[]>> = {
  '': Object.keys(definitionSchema.shape),
  dependencies: Object.keys(dependencySchema.shape),
  circuit_breaker: Object.keys(circuitBreakerSchema.shape),
  outlier_detection: Object.keys(outlierDetectionSchema.shape),
  routes: Object.keys(routeSchema.shape),
  retry_policy: Object.keys(retryPolicySchema.shape),
}
