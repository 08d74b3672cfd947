// Random valid service definitions for property tests, wide on purpose: every field, the edges of every range, unicode
// names where Envoy allows them, and paths that are likely to shadow each other. Only tests import it.

import fc from 'fast-check'
import {
  type Definition,
  type Dependency,
  type DependencyRoute,
  durationMaxMs,
  methods,
  retryConditions,
} from './schema.ts'

export interface DefinitionShape {
  /** Names and paths only of letters that can be sent in a request line and a Host header. */
  readonly ascii?: boolean
  readonly dependenciesMax?: number
}

export function definitionArbitrary(shape: DefinitionShape = {}): fc.Arbitrary<Definition> {
  return fc
    .array(dependencyArbitrary(shape.ascii ?? false), { maxLength: shape.dependenciesMax ?? 5 })
    .map((dependencies) => ({ version: 1, dependencies: dependencies.map(uniquelyNamed) }))
}

const uint32 = edgy(0, 4_294_967_295, [0, 1, 3, 5, 64, 1024])
const percent = edgy(0, 100, [0, 1, 10, 100])
const milliseconds = (minMs: number) => edgy(minMs, durationMaxMs, [minMs, 1, 250, 999, 1000, 1500, 4295, 5_000_000])

/** Mostly values that people write, sometimes the edges, sometimes anything between. */
function edgy(min: number, max: number, usual: readonly number[]): fc.Arbitrary<number> {
  return fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...usual) },
    { weight: 2, arbitrary: fc.constantFrom(min, min + 1, max - 1, max) },
    { weight: 3, arbitrary: fc.integer({ min, max }) },
  )
}

const letters = (characters: string, minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...characters), minLength, maxLength })

const plainName = letters('abyzABZ019-_.', 1, 12)
/** Anything that is neither space, control character, half a surrogate pair nor one of the forbidden ones. */
const wild = (forbidden: string) =>
  fc
    .string({ unit: 'binary', minLength: 1, maxLength: 12 })
    .map((text) =>
      [...text].filter((letter) => !/[\s\p{Cc}\p{Cs}]/u.test(letter) && !forbidden.includes(letter)).join(''),
    )

const nameArbitrary = (ascii: boolean) =>
  ascii
    ? plainName
    : fc.oneof(plainName, fc.constantFrom('日本', 'größe', '🎏', 'a:b', '../x', '%7B', '{{}}'), wild('*'))

const lbArbitrary = fc
  .tuple(
    fc.oneof(
      fc.constantFrom(
        'user-app',
        'a.b.example',
        'UPPER.example',
        '_srv._tcp.example',
        '10.0.0.1',
        `${'a'.repeat(60)}.b`,
      ),
      fc.constantFrom('[::1]', '[::]', '[2001:db8::1]', '[::ffff:10.0.0.1]'),
      letters('abz019', 1, 20),
    ),
    edgy(1, 65_535, [80, 443, 8080]),
  )
  .map(([host, port]) => `${host}:${port}`)

const retryOnArbitrary = fc
  .tuple(fc.subarray([...retryConditions], { minLength: 1 }), fc.constantFrom(',', ', '))
  .map(([conditions, separator]) => conditions.join(separator))

// Few segments of few letters, so that routes often shadow each other.
const closePath = fc.oneof(
  fc.constantFrom('/', '//', '/a', '/A', '/a/', '/ab', '/a/b', '/%61', '/a;v=1', '/a&b=c'),
  letters('/ab', 0, 5).map((rest) => `/${rest}`),
)

function routeArbitrary(ascii: boolean): fc.Arbitrary<DependencyRoute> {
  const path = ascii
    ? closePath
    : fc.oneof(
        closePath,
        wild('?#').map((rest) => `/${rest}`),
      )
  const rest = fc.record(
    {
      method: fc.constantFrom(...methods),
      timeout_ms: milliseconds(0),
      retry_policy: fc.record({
        retry_on: retryOnArbitrary,
        num_retries: uint32,
        per_try_timeout_ms: milliseconds(0),
      }),
    },
    { requiredKeys: ['timeout_ms'] },
  )
  return fc
    .tuple(fc.boolean(), path, rest)
    .map(([prefix, value, others]) => (prefix ? { prefix: value, ...others } : { path: value, ...others }))
}

const outlierArbitrary = fc.record(
  {
    consecutive_5xx: uint32,
    consecutive_gateway_failure: uint32,
    interval_ms: milliseconds(1),
    base_ejection_time_ms: milliseconds(1),
    max_ejection_percent: percent,
    enforcing_consecutive_5xx: percent,
    enforcing_consecutive_gateway_failure: percent,
    enforcing_success_rate: percent,
    success_rate_minimum_hosts: uint32,
    success_rate_request_volume: uint32,
    success_rate_stdev_factor: uint32,
  },
  { requiredKeys: [] },
)

function dependencyArbitrary(ascii: boolean): fc.Arbitrary<Dependency> {
  const rest = fc.record(
    {
      host_header: nameArbitrary(ascii).filter((name) => name !== ''),
      circuit_breaker: fc.record({ max_connections: uint32, max_pending_requests: uint32, max_retries: uint32 }),
      outlier_detection: outlierArbitrary,
    },
    { requiredKeys: [] },
  )
  const discovery = fc.oneof(
    lbArbitrary.map((lb) => ({ lb })),
    fc.constant({ sds: true }),
    lbArbitrary.map((lb) => ({ lb, sds: false })),
    lbArbitrary.map((lb) => ({ lb, sds: true })),
  )
  return fc
    .tuple(
      nameArbitrary(ascii),
      nameArbitrary(ascii),
      discovery,
      fc.boolean(),
      milliseconds(1),
      rest,
      fc.array(routeArbitrary(ascii), { minLength: 1, maxLength: 6 }),
    )
    .map(([name, cluster_name, found, tls, connect_timeout_ms, others, routes]) => ({
      name,
      cluster_name,
      ...found,
      tls,
      connect_timeout_ms,
      ...others,
      routes,
    }))
}

/** Numbered, because two dependencies may share neither a name nor a cluster. One in a while answers for all the rest. */
function uniquelyNamed(dependency: Dependency, index: number): Dependency {
  const everything = index === 3 && dependency.tls
  return {
    ...dependency,
    name: everything ? '*' : `${dependency.name}${index}`,
    cluster_name: `${dependency.cluster_name}${index}`,
  }
}
