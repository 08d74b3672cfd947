import { expect, test } from 'vitest'
import { loadApi, packed } from '../../../fixtures/foreign/control-plane/ads.ts'
import { apiMessage } from '../../mesh/envoy-api/api-schema.ts'
import type { JsonObject } from '../../mesh/xds.ts'
import { decodeAny, decodeMessage } from './decode-message.ts'
import { everythingCluster, everythingListener, everythingRoutes } from './everything.sample.ts'
import { writeField, writeNumber } from './wire.ts'

const api = loadApi()
const any = (url: string, value: Uint8Array) => Buffer.concat([writeField(1, url), writeField(2, Buffer.from(value))])
const encoded = (json: JsonObject) => {
  const { type_url: url, value } = packed(api, json as JsonObject & { '@type': string })
  return any(url, value)
}
const google = (name: string, value: Buffer) =>
  decodeAny(any(`type.googleapis.com/google.protobuf.${name}`, value)).value

test.for([
  ['cluster', everythingCluster],
  ['routes', everythingRoutes],
  ['listener', everythingListener],
] as const)('what others encode comes back as it was written: %s', ([, json]) => {
  const unknown: string[] = []
  expect(decodeAny(encoded(json), (place) => unknown.push(place))).toEqual(json)
  expect(unknown).toEqual([])
})

test('durations, times and wrappers', () => {
  const seconds = (value: number, nanos = 0) => Buffer.concat([writeNumber(1, value), writeNumber(2, nanos)])
  expect(google('Duration', seconds(3))).toBe('3s')
  expect(google('Duration', seconds(0, 250_000_000))).toBe('0.250s')
  expect(google('Duration', seconds(1, 5))).toBe('1.000000005s')
  expect(google('Duration', Buffer.concat([negative(1, 1n), negative(2, 500_000_000n)]))).toBe('-1.500s')
  expect(google('Duration', Buffer.alloc(0))).toBe('0s')
  expect(google('Timestamp', seconds(1_700_000_000, 1_000_000))).toBe('2023-11-14T22:13:20.001Z')
  expect(google('UInt32Value', Buffer.alloc(0))).toBe(0)
  expect(google('BoolValue', writeNumber(1, 1))).toBe(true)
  expect(google('StringValue', writeField(1, 'a'))).toBe('a')
  expect(google('FieldMask', writeField(1, 'a.b_c'))).toBe('a.bC')
})

function negative(number: number, value: bigint): Buffer {
  const bytes = [number << 3]
  let rest = BigInt.asUintN(64, -value)
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
  return Buffer.from([...bytes, Number(rest)])
}

test('numbers at their borders', () => {
  const range = 'envoy.type.v3.Int64Range'
  const int64 = (hex: string) => decodeMessage(Buffer.from(`08${hex}`, 'hex'), range).start
  expect(int64('ffffffffffffffffff01')).toBe(-1)
  expect(int64('ffffffffffffff0f')).toBe(2 ** 53 - 1)
  expect(int64('8080808080808010')).toBe('9007199254740992')
  const float = Buffer.alloc(5)
  float.writeUInt8(0x0d)
  float.writeFloatLE(0.1, 1)
  expect(google('FloatValue', float)).toBe(0.1)
})

test('lists come packed or one by one, messages in parts', () => {
  const retry = 'envoy.config.route.v3.RetryPolicy'
  const codes = (bytes: string) => decodeMessage(Buffer.from(bytes, 'hex'), retry)
  expect(codes('3a0499039503')).toEqual({ retriable_status_codes: [409, 405] })
  expect(codes('389903389503')).toEqual({ retriable_status_codes: [409, 405] })
  const part = (field: number, value: number) => writeField(3, writeNumber(field, value))
  expect(decodeMessage(Buffer.concat([part(1, 2), part(2, 5_000_000)]), retry)).toEqual({ per_try_timeout: '2.005s' })
})

test('an enum value without a name stays a number', () => {
  expect(decodeMessage(writeNumber(2, 99), 'envoy.config.cluster.v3.Cluster')).toEqual({ type: 99 })
})

test('what the API does not have is told with its place', () => {
  const places: string[] = []
  const cluster = Buffer.concat([
    writeField(1, 'a'),
    writeField(4_000, 'new'),
    writeField(10, writeField(1, writeNumber(77, 1))),
  ])
  const json = decodeMessage(cluster, 'envoy.config.cluster.v3.Cluster', (place) => places.push(place))
  expect(json).toEqual({ name: 'a', circuit_breakers: { thresholds: [{}] } })
  expect(places).toEqual([
    'Cluster: field 4000 of envoy.config.cluster.v3.Cluster',
    'Cluster.circuit_breakers.thresholds: field 77 of envoy.config.cluster.v3.CircuitBreakers.Thresholds',
  ])
})

test('a type of somebody else is refused by name and place', () => {
  const socket = writeField(
    24,
    Buffer.concat([writeField(1, 's'), writeField(3, any('type.googleapis.com/acme.Sock', Buffer.of(1)))]),
  )
  expect(() => decodeMessage(socket, 'envoy.config.cluster.v3.Cluster')).toThrow(
    "Cluster.transport_socket.typed_config: expected a type of Envoy's public API, found acme.Sock",
  )
})

test('bytes that are no message are refused', () => {
  for (const hex of ['0a05', 'ffffffffffffffffffffff', '0b', '00', '0d01']) {
    expect(() => decodeMessage(Buffer.from(hex, 'hex'), 'envoy.config.cluster.v3.Cluster'), hex).toThrow(
      /protobuf message/,
    )
  }
})

test('all types that others have read are known, field by field', () => {
  const differ: string[] = []
  const walk = (space: { readonly nestedArray?: readonly unknown[] }): void => {
    for (const one of space.nestedArray ?? []) {
      const { fieldsArray, fullName } = one as {
        fieldsArray?: { id: number; name: string; resolve(): { protoName?: string } }[]
        fullName: string
      }
      const message = /^\.(envoy\.(config|extensions|type)\..*\.v3\.|xds\.)/.test(fullName)
        ? apiMessage(fullName.slice(1))
        : undefined
      for (const field of (message === undefined ? undefined : fieldsArray) ?? []) {
        if (message?.byNumber.get(field.id)?.name !== (field.resolve().protoName ?? field.name))
          differ.push(`${fullName} ${field.id} ${field.name}`)
      }
      walk(one as { nestedArray?: readonly unknown[] })
    }
  }
  walk(api)
  // The other package is older than the pinned Envoy, which has taken this one back.
  expect(differ).toEqual(['.envoy.config.listener.v3.FilterChain 8 onDemandConfiguration'])
})
