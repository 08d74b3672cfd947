import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../xds.ts'
import { at, objectsAt } from './json-tree.ts'
import { address, cluster, extension, rewritten } from './test-foreign.ts'

const tls = extension('tls', 'envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext')
const saying = (lines: readonly string[], text: string) => lines.filter((line) => line.includes(text))

describe('a cluster', () => {
  const only = async (more: JsonObject, plan = {}, hosts = 1) => {
    const run = await rewritten({ clusters: [cluster('app', more)] }, plan, hosts)
    const found: JsonObject = run.clusters[0] ?? {}
    return { cluster: found, changes: run.changes }
  }
  const endpoints = (found: JsonObject) => objectsAt(found, 'load_assignment', 'endpoints')

  test('has our hosts under its old name, without TLS and DNS', async () => {
    const { cluster: found, changes } = await only({
      dns_lookup_family: 'V4_ONLY',
      respect_dns_ttl: true,
      transport_socket: tls,
      connect_timeout: '9s',
    })
    expect(found).toEqual({
      '@type': 'type.googleapis.com/envoy.config.cluster.v3.Cluster',
      name: 'app',
      type: 'STATIC',
      connect_timeout: '9s',
      load_assignment: {
        cluster_name: 'app',
        endpoints: [{ lb_endpoints: [{ endpoint: { hostname: 'app.internal', ...address('127.0.0.2', 2000) } }] }],
      },
    })
    expect(saying(changes, 'cluster app: transport socket tls removed')).toHaveLength(1)
    expect(saying(changes, 'cluster app: type STRICT_DNS -> STATIC (hosts are ours: 127.0.0.2:2000)')).toHaveLength(1)
  })

  test('of static hosts has no hostname, or auto_host_rewrite would send what it never sent', async () => {
    const { cluster: found } = await only({ type: 'STATIC' })
    expect(JSON.stringify(found)).not.toContain('hostname')
  })

  const host = (name: string, more: JsonObject = {}) => ({ endpoint: address(name), ...more })
  const groups = [
    { priority: 1, lb_endpoints: [host('far')] },
    { locality: { zone: 'a' }, lb_endpoints: [host('near-1', { load_balancing_weight: 3 }), host('near-2')] },
  ]

  test('keeps weights, localities and priorities as far as there are hosts', async () => {
    const assignment = { cluster_name: 'app', endpoints: groups, policy: { overprovisioning_factor: 200 } }
    const { cluster: found, changes } = await only({ load_assignment: assignment }, {}, 3)
    expect(at(found, 'load_assignment', 'policy')).toEqual({ overprovisioning_factor: 200 })
    const names = endpoints(found).map((group) => [
      group.priority,
      group.locality,
      objectsAt(group, 'lb_endpoints').map((one) => [at(one, 'endpoint', 'hostname'), one.load_balancing_weight]),
    ])
    expect(names).toEqual([
      [
        undefined,
        { zone: 'a' },
        [
          ['near-1', 3],
          ['near-2', undefined],
        ],
      ],
      [1, undefined, [['far', undefined]]],
    ])
    expect(saying(changes, 'of ours (upstreams')).toEqual([])
  })

  test('says so when there are fewer hosts, and Envoy still gets priorities without a gap', async () => {
    const { cluster: found, changes } = await only({ load_assignment: { endpoints: groups } })
    expect(endpoints(found)).toHaveLength(1)
    expect(saying(changes, '3 hosts -> 1 of ours (upstreams.app.hosts says how many)')).toHaveLength(1)
    expect(saying(changes, '2 localities or priorities -> 1')).toHaveLength(1)
    const { cluster: last } = await only({
      load_assignment: { endpoints: [{ priority: 1, lb_endpoints: [host('far')] }] },
    })
    expect(endpoints(last)[0]?.priority).toBeUndefined()
  })

  const protocol = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'
  const options = (value: JsonObject) => ({
    typed_extension_protocol_options: { [protocol]: { '@type': `type.googleapis.com/${protocol}`, ...value } },
  })
  const explicitOf = (found: JsonObject) =>
    at(found, 'typed_extension_protocol_options', protocol, 'explicit_http_config')

  test('speaks the protocol that TLS would have negotiated', async () => {
    const auto = await only(options({ auto_config: { http2_protocol_options: { max_concurrent_streams: 7 } } }))
    expect(explicitOf(auto.cluster)).toEqual({ http2_protocol_options: { max_concurrent_streams: 7 } })
    expect(explicitOf((await only(options({ auto_config: {} }))).cluster)).toEqual({ http_protocol_options: {} })
    expect(explicitOf((await only(options({ explicit_http_config: { http3_protocol_options: {} } }))).cluster)).toEqual(
      { http2_protocol_options: {} },
    )
    const same = options({ explicit_http_config: { http2_protocol_options: {} } })
    expect((await only(same)).cluster).toMatchObject(same)
  })

  test('that meets TCP faults has one request a connection, and no health checks that would count', async () => {
    const maxOf = (found: JsonObject) =>
      at(
        found,
        'typed_extension_protocol_options',
        protocol,
        'common_http_protocol_options',
        'max_requests_per_connection',
      )
    const plain = await only({ health_checks: [{ http_health_check: { path: '/' } }] }, { relayed: ['app'] })
    expect([maxOf(plain.cluster), plain.cluster.health_checks]).toEqual([1, []])
    expect(explicitOf(plain.cluster)).toEqual({ http_protocol_options: {} })
    const old = await only({ http2_protocol_options: { max_concurrent_streams: 5 } }, { relayed: ['app'] })
    expect(explicitOf(old.cluster)).toEqual({ http2_protocol_options: { max_concurrent_streams: 5 } })
  })

  test('keeps health checks that our hosts can answer', async () => {
    const http = (more: JsonObject) => ({ http_health_check: { path: '/health', ...more } })
    const { cluster: found, changes } = await only({
      health_checks: [
        { ...http({ service_name_matcher: {} }), tls_options: {} },
        http({ expected_statuses: [{ start: 204, end: 205 }] }),
        { grpc_health_check: {} },
        { tcp_health_check: {} },
        { tcp_health_check: { receive: [{ text: '00' }] } },
      ],
    })
    expect(found.health_checks).toEqual([http({}), { tcp_health_check: {} }])
    expect(saying(changes, 'health check removed')).toHaveLength(3)
  })
})
