import { expect, test } from 'vitest'
import { apiEnum, apiMessage } from './api-schema.ts'
import { inSnakeCase } from './snake-case.ts'

const cluster = 'envoy.config.cluster.v3.Cluster'
const options = 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions'

test('names of fields change, names of the user stay', () => {
  const given = {
    name: 'someName',
    connectTimeout: '1s',
    per_connection_buffer_limit_bytes: 5,
    outlierDetection: { consecutive5xx: 3, enforcingConsecutive5xx: 100 },
    typedExtensionProtocolOptions: {
      acmeOptions: { '@type': options, explicitHttpConfig: { http2ProtocolOptions: {} } },
    },
    metadata: { filterMetadata: { acmeLb: { keyOne: { keyTwo: 1 } } } },
    healthChecks: [{ timeout: '1s', httpHealthCheck: { path: '/x' } }],
    notAField: { innerKey: 1 },
  }
  expect(inSnakeCase(given, cluster)).toEqual({
    name: 'someName',
    connect_timeout: '1s',
    per_connection_buffer_limit_bytes: 5,
    outlier_detection: { consecutive_5xx: 3, enforcing_consecutive_5xx: 100 },
    typed_extension_protocol_options: {
      acmeOptions: { '@type': options, explicit_http_config: { http2_protocol_options: {} } },
    },
    metadata: { filter_metadata: { acmeLb: { keyOne: { keyTwo: 1 } } } },
    health_checks: [{ timeout: '1s', http_health_check: { path: '/x' } }],
    notAField: { innerKey: 1 },
  })
})

test('what does not fit the API stays as it is, for Envoy to complain about', () => {
  const odd = {
    healthChecks: { a: 1 },
    loadAssignment: 'x',
    typedExtensionProtocolOptions: [1],
    transportSocket: { typedConfig: 3 },
  }
  expect(inSnakeCase(odd, cluster)).toEqual({
    health_checks: { a: 1 },
    load_assignment: 'x',
    typed_extension_protocol_options: [1],
    transport_socket: { typed_config: 3 },
  })
  expect(inSnakeCase({ fooBar: 1 }, 'acme.Unknown')).toEqual({ fooBar: 1 })
})

test('messages, maps and enums of the API', () => {
  expect(apiMessage('envoy.config.cluster.v3.Cluster')?.byNumber.get(4)).toMatchObject({
    name: 'connect_timeout',
    kind: 'message',
    of: 'google.protobuf.Duration',
  })
  expect(apiMessage(cluster)?.byName.get('typedExtensionProtocolOptions')).toMatchObject({
    keyKind: 'string',
    of: 'google.protobuf.Any',
  })
  expect(apiEnum('envoy.config.cluster.v3.Cluster.LbPolicy').get(2)).toBe('RING_HASH')
  expect(apiMessage('acme.Unknown')).toBeUndefined()
  expect(apiMessage('envoy.config.cluster.v3.Cluster.LbPolicy')).toBeUndefined()
})
