import { describe, expect, test } from 'vitest'
import { InputError } from '../../core/errors.ts'
import { at } from './json-tree.ts'
import { readEnvoyYaml } from './read-envoy-yaml.ts'
import { config, fixture, readYaml } from './test-foreign.ts'

test('is taken apart into listeners, clusters and the rest, in snake_case', async () => {
  const { listeners, clusters, bootstrap, node } = await readEnvoyYaml(fixture('grpc-bridge.yaml'), 'some-node')
  expect(node).toBe('some-node')
  expect(bootstrap).toEqual({})
  expect(listeners.map(({ name, '@type': type }) => [name, type])).toEqual([
    ['grpc', 'type.googleapis.com/envoy.config.listener.v3.Listener'],
  ])
  expect(at(listeners[0], 'address', 'socket_address', 'port_value')).toBe(9911)
  expect(clusters[0]).toMatchObject({
    name: 'kv',
    connect_timeout: '0.25s',
    outlier_detection: { consecutive_5xx: 5 },
    typed_extension_protocol_options: {
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
        explicit_http_config: { http2_protocol_options: {} },
      },
    },
  })
})

test('knows the line of every piece, by snake_case pointers, whatever the file calls it', async () => {
  const { lineOf } = await readEnvoyYaml(fixture('grpc-bridge.yaml'), 'x')
  const timeout = lineOf('/clusters/0/connect_timeout')
  expect(timeout.text).toBe('connectTimeout: 0.25s')
  expect(timeout.line).toBe(40)
  const route = '/listeners/0/filter_chains/0/filters/0/typed_config/route_config/virtual_hosts/0/routes/0/route'
  expect(lineOf(`${route}/retry_policy/num_retries`).text).toBe('numRetries: 2')
  expect(lineOf(`${route}/retry_policy/num_retries`).file).toMatch(/grpc-bridge\.yaml$/)
})

test("a node's name comes from the file where it has one; listeners without a name get one", async () => {
  const nameless = { address: {}, filter_chains: [] }
  const read = await config({ listeners: [nameless, nameless], bootstrap: { node: { cluster: 'shop' } } })
  expect(read.node).toBe('shop')
  expect(read.listeners.map(({ name }) => name)).toEqual(['listener-1', 'listener-2'])
})

describe('refuses with place and remedy', () => {
  const cases: readonly (readonly [what: string, text: string, message: RegExp])[] = [
    ['nothing', '', /^envoy\.yaml(:1:1)?: expected a (document|bootstrap)/],
    ['a list', '[1]', /^envoy\.yaml: expected a bootstrap of Envoy \(envoy\.yaml\), found a list/],
    ['broken YAML', 'a: [1', /^envoy\.yaml:\d+:\d+: expected valid YAML/],
    ['a key given twice', 'a: 1\na: 2\n', /^envoy\.yaml:2:1: expected each key once, found "a" again/],
    [
      'no listeners',
      'static_resources:\n  clusters: []\n',
      /^envoy\.yaml:1:1 .*expected static_resources with listeners, found none/,
    ],
    [
      'listeners from a control plane',
      'dynamic_resources:\n  lds_config: { ads: {} }\n',
      /^envoy\.yaml:2:\d+ .*found lds_config, with which a control plane brings them; .*mesh\.controlPlane.*mesh\.configDump/,
    ],
    [
      'a dump',
      '{"configs": []}',
      /^envoy\.yaml: expected a bootstrap of Envoy, found a config dump; name it in mesh\.configDump/,
    ],
  ]
  test.each(cases)('%s', async (_, text, message) => {
    const refusal = await readYaml(text).then(
      () => undefined,
      (error: unknown) => error,
    )
    expect(refusal).toBeInstanceOf(InputError)
    expect((refusal as Error).message).toMatch(message)
  })
})
