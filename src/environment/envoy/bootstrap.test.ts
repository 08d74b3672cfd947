import { describe, expect, test } from 'vitest'
import { syntheticScenario } from '../../core/synthetic-history.ts'
import { maxPlannedAttempts, planHeaders } from '../../scenario/headers.ts'
import { placeScenario } from '../topology.ts'
import { egressBootstrap, faultBootstrap, plannedAttemptsMax } from './bootstrap.ts'

let port = 10_000
const place = (key: string) =>
  placeScenario({
    key,
    record: syntheticScenario({
      upstreams: { user: { hosts: 2, serviceTime: { p50Ms: 3, p99Ms: 3 }, status: 200, bodyBytes: 0 } },
    }),
    clusters: [
      { name: 'user', http2: false },
      { name: 'grpc', http2: true },
    ],
    nextPort: () => port++,
    hostAddress: (index) => `127.0.0.${index + 2}`,
  })

interface Deep {
  readonly clusters: readonly { readonly name: string; readonly typed_extension_protocol_options?: object }[]
  readonly listeners: readonly {
    readonly name: string
    readonly address: { readonly socket_address: { readonly address: string; readonly port_value: number } }
    readonly filter_chains: readonly [
      { filters: readonly [{ typed_config: { route_config: { virtual_hosts: [Vhost] } } }] },
    ]
  }[]
}
interface Vhost {
  readonly routes: readonly {
    readonly match: { readonly headers?: readonly [{ readonly string_match: { readonly exact: string } }] }
    readonly route: { readonly cluster: string; readonly timeout: string }
    readonly typed_per_filter_config?: {
      readonly mut: { readonly mutations: { readonly request_mutations: readonly { append: { header: Pair } }[] } }
    }
  }[]
}
interface Pair {
  readonly key: string
  readonly value: string
}

test('the Envoy under test has a listener for its pulse and one for each scenario', () => {
  const scenarios = [place('s1'), place('s2')]
  const bootstrap = egressBootstrap({
    nodeId: 'id',
    nodeCluster: 'book',
    adminPort: 9901,
    xdsPort: 9902,
    pulsePort: 9903,
    outlierLog: '/tmp/outliers',
    scenarios,
  })
  const { listeners } = bootstrap.static_resources as Deep
  expect(listeners.map(({ name, address }) => [name, address.socket_address.port_value])).toEqual([
    ['shaketable-pulse', 9903],
    ...scenarios.map(({ key, egressPort }) => [`egress-${key}`, egressPort]),
  ])
  expect(bootstrap.node).toEqual({ id: 'id', cluster: 'book' })
})

describe('the fault Envoy', () => {
  const { hosts } = place('s1')
  const { clusters, listeners } = faultBootstrap({ adminPort: 9901, hosts }).static_resources as Deep
  const routesOf = (index: number) =>
    listeners[index]?.filter_chains[0].filters[0].typed_config.route_config.virtual_hosts[0].routes ?? []

  test('has a listener and a cluster for each host, HTTP/2 where the host speaks it', () => {
    expect(listeners.map(({ address }) => address.socket_address)).toEqual(
      hosts.map(({ address, faultPort }) => ({ address, port_value: faultPort })),
    )
    expect(clusters.map((cluster) => [cluster.name, cluster.typed_extension_protocol_options !== undefined])).toEqual(
      hosts.map(({ hostKey, http2 }) => [hostKey, http2]),
    )
  })

  test('has a route for each attempt that may be planned, and one for all others', () => {
    const routes = routesOf(0)
    expect(routes.map(({ match }) => match.headers?.[0].string_match.exact)).toEqual([
      ...Array.from({ length: plannedAttemptsMax }, (_, index) => String(index + 1)),
      undefined,
    ])
    expect(new Set(routes.map(({ route }) => route.timeout))).toEqual(new Set(['0s']))
  })

  test('reads the very headers that a plan is written into; the host has the last word', () => {
    const clusterNames = ['user', 'grpc']
    const plan = (abort: { readonly status: number } | { readonly grpcStatus: number }) => [
      { fault: 'f', attempt: 3, ...abort, delayMs: 20, kibPerSecond: 64, target: 'user' },
      { fault: 'g', attempt: 3, ...abort, delayMs: 20, kibPerSecond: 64, target: 'user', host: 2 },
    ]
    const second = routesOf(1)[2]?.typed_per_filter_config?.mut.mutations.request_mutations ?? []
    const read = second.map(({ append }) => append.header)
    const keys = [
      'x-envoy-fault-abort-request',
      'x-envoy-fault-abort-grpc-request',
      'x-envoy-fault-delay-request',
      'x-envoy-fault-throughput-response',
    ]
    expect(read.map(({ key }) => key)).toEqual([...keys, ...keys])
    const written = [plan({ status: 503 }), plan({ grpcStatus: 14 })].flatMap((one) =>
      Object.keys(planHeaders(one, clusterNames)),
    )
    const asked = [...new Set(written)].map((name) => `%REQ(${name})%`)
    expect(read.map(({ value }) => value).toSorted()).toEqual(asked.toSorted())
    expect(read[6]?.value).toBe('%REQ(x-shaketable-0h2-a3-delay)%')
  })

  test('knows as many attempts as a plan may name', () => {
    expect(plannedAttemptsMax).toBe(maxPlannedAttempts)
  })
})
