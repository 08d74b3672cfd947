import { expect, test } from 'vitest'
import { oneRequestPerConnection } from './one-request-per-connection.ts'
import { rewriteForRun } from './rewrite.ts'
import { clusterTypeUrl } from './xds.ts'

const name = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'
const type = `type.googleapis.com/${name}`
const one = { common_http_protocol_options: { max_requests_per_connection: 1 } }
const optionsOf = (cluster: Parameters<typeof oneRequestPerConnection>[0]) =>
  oneRequestPerConnection(cluster).changed.typed_extension_protocol_options

test('a cluster without options gets HTTP/1.1, as it had', () => {
  expect(optionsOf({})).toEqual({
    [name]: { '@type': type, explicit_http_config: { http_protocol_options: {} }, ...one },
  })
})

test('the protocol of old stays', () => {
  const http2 = { http2_protocol_options: { max_concurrent_streams: 7 } }
  expect(optionsOf(http2)).toEqual({ [name]: { '@type': type, explicit_http_config: http2, ...one } })
})

test.each(['explicit_http_config', 'auto_config', 'use_downstream_protocol_config'])('%s stays as it is', (key) => {
  const options = {
    '@type': type,
    [key]: { http2_protocol_options: {} },
    common_http_protocol_options: { idle_timeout: '9s' },
  }
  expect(optionsOf({ typed_extension_protocol_options: { other: { a: 1 }, [name]: options } })).toEqual({
    other: { a: 1 },
    [name]: { ...options, common_http_protocol_options: { idle_timeout: '9s', max_requests_per_connection: 1 } },
  })
})

test.each([
  [{ max_requests_per_connection: 5 }],
  [
    {
      typed_extension_protocol_options: {
        [name]: { common_http_protocol_options: { max_requests_per_connection: 5 } },
      },
    },
  ],
])('its own number stays, and is told: %#', (cluster) => {
  expect(oneRequestPerConnection(cluster)).toEqual({
    changed: {},
    note: 'max_requests_per_connection stays 5, so attempts share connections',
  })
})

test('only clusters that meet faults of TCP are changed, with a line of config.patch', () => {
  const cluster = (name: string) => ({ '@type': clusterTypeUrl, name, type: 'EDS' })
  const { resources, changes } = rewriteForRun(
    { clusters: [cluster('user'), cluster('other')], routes: [] },
    { prefix: '', endpoints: {}, relayed: ['user'] },
  )
  expect(resources.clusters[1]).toEqual(cluster('other'))
  expect(resources.clusters[0]).toHaveProperty('typed_extension_protocol_options')
  expect(changes).toEqual(['user: max_requests_per_connection -> 1 (a fault of TCP hits one attempt)'])
})
