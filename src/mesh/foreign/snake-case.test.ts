import { expect, test } from 'vitest'
import { snakeCase, snakeKey } from './snake-case.ts'

test('fields become what the .proto files call them', () => {
  expect(
    snakeCase({ connectTimeout: '1s', lbEndpoints: [{ endpoint: { healthCheckConfig: { portValue: 1 } } }] }),
  ).toEqual({
    connect_timeout: '1s',
    lb_endpoints: [{ endpoint: { health_check_config: { port_value: 1 } } }],
  })
  expect(
    ['http2ProtocolOptions', 'consecutive5xx', 'enforcingConsecutive5xx', 'acceptHttp10', '@type'].map(snakeKey),
  ).toEqual(['http2_protocol_options', 'consecutive_5xx', 'enforcing_consecutive_5xx', 'accept_http_10', '@type'])
})

test('keys of maps are data; what they lead to are fields all the same', () => {
  const given = {
    typedPerFilterConfig: { 'myOwn.filterName': { maxRequestBytes: 1 } },
    typedExtensionProtocolOptions: { someName: { explicitHttpConfig: {} } },
  }
  expect(snakeCase(given)).toEqual({
    typed_per_filter_config: { 'myOwn.filterName': { max_request_bytes: 1 } },
    typed_extension_protocol_options: { someName: { explicit_http_config: {} } },
  })
})

test('free data stays as it is', () => {
  const data = { someKey: { otherKey: 1 } }
  const given = {
    node: { metadata: data },
    metadata: { filterMetadata: { 'a.b': data } },
    staticLayer: data,
    logFormat: { jsonFormat: data },
  }
  expect(snakeCase(given)).toEqual({
    node: { metadata: data },
    metadata: { filter_metadata: { 'a.b': data } },
    static_layer: data,
    log_format: { json_format: data },
  })
})
