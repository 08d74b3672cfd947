import { expect, test } from 'vitest'
import { layOut, type ReservePorts } from './layout.ts'
import { definitionOf, prepared } from './test-mesh.ts'

const upstream = { hosts: 2, serviceTime: { p50Ms: 1, p99Ms: 1 }, status: 200, bodyBytes: 0 }

/** Ports that tell on which address they were reserved: those of 127.0.0.3 begin with 3. */
function recorder() {
  const asked: [number, string][] = []
  const reserve: ReservePorts = async (count, address = '') => {
    asked.push([count, address])
    return Array.from(
      { length: count },
      (_, index) => Number(address.split('.')[3]) * 1000 + asked.length * 100 + index,
    )
  }
  return { asked, reserve }
}

test('every listener gets a port that is free on its own address', async () => {
  const { asked, reserve } = recorder()
  const scenario = prepared('s1', { definition: definitionOf({ name: 'user' }), upstreams: { user: upstream } })
  const { places } = await layOut([scenario], reserve)
  expect(asked).toEqual([
    [4, '127.0.0.1'],
    [2, '127.0.0.2'],
    [2, '127.0.0.3'],
    [1, '127.0.0.1'],
  ])
  for (const { address, faultPort, upstreamPort } of places[0]?.hosts ?? []) {
    const digit = Number(address.split('.')[3])
    expect([faultPort, upstreamPort].map((port) => Math.floor(port / 1000))).toEqual([digit, digit])
  }
  expect(places[0]?.egressPort).toBeLessThan(2000)
})

test('clusters: the declared ones in their order, then what only a mistake serves, then what a push brings', async () => {
  const scenario = prepared('s1', {
    definition: definitionOf({ name: 'user' }, { name: 'grpc', sds: true }),
    pushes: [definitionOf({ name: 'new', sds: true }, { name: 'user' })],
    serve: (served) => ({ ...served, clusters: served.clusters.map((one) => ({ ...one, name: `${one.name}-typo` })) }),
  })
  const { places, release } = await layOut([scenario])
  expect(places[0]?.hosts.map(({ cluster, http2 }) => [cluster, http2])).toEqual([
    ['user', false],
    ['grpc', true],
    ['user-typo', false],
    ['grpc-typo', false],
    ['new', true],
  ])
  release()
})

test('when ports run out those that were reserved are given back', async () => {
  const { reserve } = recorder()
  const scenario = prepared('s1', { definition: definitionOf({ name: 'user' }) })
  const failing: ReservePorts = async (count, address) => {
    if (address === '127.0.0.2') throw new Error('no port is free')
    return reserve(count, address)
  }
  await expect(layOut([scenario], failing)).rejects.toThrow('no port is free')
})
