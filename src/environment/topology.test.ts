import { expect, test } from 'vitest'
import { syntheticScenario } from '../core/synthetic-history.ts'
import { placeScenario } from './topology.ts'

const upstream = { serviceTime: { p50Ms: 1, p99Ms: 1 }, status: 200, bodyBytes: 0 }

test('each host has an address of its own, each listener a port of its own', () => {
  const record = syntheticScenario({ upstreams: { user: { ...upstream, hosts: 3 } } })
  const asked: string[] = []
  let port = 1000
  const place = placeScenario({
    key: 's7',
    record,
    clusters: [
      { name: 'user', http2: false },
      { name: 'grpc', http2: true },
    ],
    nextPort: (address) => {
      asked.push(address)
      return port++
    },
    hostAddress: (index) => `127.0.0.${index + 2}`,
  })
  expect(
    place.hosts.map(({ hostKey, cluster, clusterIndex, host, address, http2 }) => [
      hostKey,
      cluster,
      clusterIndex,
      host,
      address,
      http2,
    ]),
  ).toEqual([
    ['s7-c0-h1', 'user', 0, 1, '127.0.0.2', false],
    ['s7-c0-h2', 'user', 0, 2, '127.0.0.3', false],
    ['s7-c0-h3', 'user', 0, 3, '127.0.0.4', false],
    ['s7-c1-h1', 'grpc', 1, 1, '127.0.0.2', true],
  ])
  const ports = [...place.hosts.flatMap(({ faultPort, upstreamPort }) => [faultPort, upstreamPort]), place.egressPort]
  expect(new Set(ports).size).toBe(9)
  // A port is only sure on the address that it was asked for.
  expect(asked).toEqual([...place.hosts.flatMap(({ address }) => [address, address]), '127.0.0.1'])
  expect(place).toMatchObject({ routeConfig: 's7-book', clusters: ['user', 'grpc'] })
})

test('a cluster that the scenario says nothing of has one quick host', () => {
  const place = placeScenario({
    key: 's1',
    record: syntheticScenario({ upstreams: {} }),
    clusters: [{ name: 'user', http2: false }],
    nextPort: () => 1,
    hostAddress: () => '127.0.0.2',
  })
  expect(place.hosts).toHaveLength(1)
  expect(place.hosts[0]?.upstream).toEqual({
    hosts: 1,
    serviceTime: { p50Ms: 3, p99Ms: 3 },
    status: 200,
    bodyBytes: 64,
  })
})
