import { describe, expect, test } from 'vitest'
import { InputError } from '../../core/errors.ts'
import { objectsAt } from './json-tree.ts'
import { needyFilters } from './needy-filters.ts'
import { readEnvoyYaml } from './read-envoy-yaml.ts'
import { runnableForeign } from './runnable.ts'
import {
  authz,
  cluster,
  config,
  extension,
  fault,
  fixture,
  listener,
  manager,
  managerOf,
  router,
  type TestBootstrap,
  tcpProxy,
  toApp,
} from './test-foreign.ts'

async function refusal(parts: TestBootstrap, stubs: Parameters<typeof runnableForeign>[1] = {}): Promise<string> {
  const read = await config(parts)
  try {
    runnableForeign(read, stubs)
  } catch (error) {
    expect(error).toBeInstanceOf(InputError)
    return (error as Error).message
  }
  return ''
}

const trimmed = async (parts: TestBootstrap, stubs: Parameters<typeof runnableForeign>[1] = {}) =>
  runnableForeign(await config(parts), stubs)

describe('listeners', () => {
  test('one that does not speak HTTP is not run, and that is told', async () => {
    const { listeners, changes } = await trimmed({ listeners: [listener({ name: 'tcp' }, tcpProxy), listener()] })
    expect(listeners.map(({ name }) => name)).toEqual(['door'])
    expect(changes).toEqual(['listener tcp: not HTTP (envoy.filters.network.tcp_proxy): not run'])
  })

  test('UDP, internal and API listeners are not run either', async () => {
    const { changes } = await trimmed({
      listeners: [
        listener({ name: 'udp', udp_listener_config: {} }),
        listener({ name: 'internal', internal_listener: {} }),
        listener({ name: 'api', api_listener: {} }),
        listener(),
      ],
    })
    expect(changes).toEqual([
      'listener udp: not run (it speaks UDP)',
      'listener internal: not run (it is internal)',
      'listener api: not run (it is an API listener)',
    ])
  })

  test('each filter chain that speaks HTTP is a listener of its own, and its lines are still found', async () => {
    const chain = (name: string, ...filters: readonly ReturnType<typeof manager>[]) => ({
      filter_chain_match: { server_names: [`${name}.example`] },
      filters,
    })
    const { listeners, changes, lineOf } = await trimmed({
      listeners: [
        listener({ name: 'plain' }),
        listener({
          filter_chains: [
            chain('a', manager({ stat_prefix: 'a' })),
            chain('b', tcpProxy),
            chain('c', manager({ stat_prefix: 'c' })),
          ],
          default_filter_chain: { filters: [manager({ stat_prefix: 'last' })] },
        }),
      ],
    })
    expect(listeners.map((one) => [one.name, managerOf(one).stat_prefix])).toEqual([
      ['plain', 'x'],
      ['door', 'a'],
      ['door/2', 'c'],
      ['door/3', 'last'],
    ])
    expect(changes).toEqual([
      'listener door: filter_chains 1 of b.example is not HTTP (envoy.filters.network.tcp_proxy): not run',
      'listener door: filter_chains 0 of a.example is a listener of its own: door',
      'listener door: filter_chains 2 of c.example is a listener of its own: door/2',
      'listener door: default_filter_chain is a listener of its own: door/3',
    ])
    const prefix = '/filter_chains/0/filters/0/typed_config/stat_prefix'
    expect([1, 2, 3].map((index) => lineOf(`/listeners/${index}${prefix}`).text)).toEqual([
      'stat_prefix: a',
      'stat_prefix: c',
      'stat_prefix: last',
    ])
  })

  test('none that speaks HTTP: refused', async () => {
    expect(await refusal({ listeners: [listener({}, tcpProxy)] })).toMatch(
      /envoy\.yaml:\d+: listeners: none of them speaks HTTP/,
    )
  })
})

describe('filters that need a service', () => {
  test.each(Object.entries(needyFilters).filter(([, { when }]) => when === undefined))(
    '%s is refused by name and line',
    async (type, { name, needs }) => {
      const filter = extension('called-so', type)
      const isNetwork = name.includes('.network.')
      const parts = {
        listeners: [
          isNetwork ? listener({}, filter, manager()) : listener({}, manager({ http_filters: [filter, router] })),
        ],
      }
      const message = await refusal(parts)
      expect(message).toMatch(
        /^envoy\.yaml: expected a config that can run on loopback, found one thing that cannot$|^.*found one thing/m,
      )
      expect(message).toContain(`filter called-so of listener door: it needs ${needs}; stub it`)
      expect(message).toMatch(/envoy\.yaml:\d+: filter/)
      for (const stub of ['called-so', name]) {
        const { changes, listeners } = await trimmed(parts, { [stub]: 'allow' })
        expect(changes).toEqual([
          `listener door: filter called-so taken out (stub ${stub}: allow, as if it always agreed)`,
        ])
        expect(JSON.stringify(listeners)).not.toContain('called-so')
      }
    },
  )

  test('the fixture that needs others is refused with the very line', async () => {
    const read = await readEnvoyYaml(fixture('needs-others.yaml'), 'x')
    expect(() => runnableForeign(read)).toThrow(
      /needs-others\.yaml:40: filter envoy\.filters\.http\.ext_authz of listener edge/,
    )
  })

  test('one whose settings need nobody runs', async () => {
    const jwt = (provider: string) =>
      extension('jwt', 'envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication', {
        providers: { a: { [provider]: {} } },
      })
    expect(await refusal({ listeners: [listener({}, manager({ http_filters: [jwt('local_jwks'), router] }))] })).toBe(
      '',
    )
    expect(
      await refusal({ listeners: [listener({}, manager({ http_filters: [jwt('remote_jwks'), router] }))] }),
    ).toContain('remote_jwks')
  })

  test('one inside of a matcher is seen as well', async () => {
    const inside = extension('m', 'envoy.extensions.common.matching.v3.ExtensionWithMatcher', {
      extension_config: authz,
    })
    const message = await refusal({ listeners: [listener({}, manager({ http_filters: [inside, router] }))] })
    expect(message).toContain('filter m of listener door: it needs an authorization service')
  })
})

test('filters that Envoy cannot make are refused with what to write', async () => {
  const filters = [{ name: 'envoy.filters.http.router' }, { name: 'found', config_discovery: {} }]
  const message = await refusal({ listeners: [listener({}, manager({ http_filters: filters }))] })
  expect(message).toMatch(/found 2 things that cannot/)
  expect(message).toMatch(
    /filter envoy\.filters\.http\.router of listener door: it has no typed_config.*http\.router\.v3\.Router/,
  )
  expect(message).toMatch(/filter found of listener door: a control plane brings its settings/)
})

test('a fault filter that does something is reported, an idle one is not', async () => {
  const line = 'fault filter in listener door: what it aborts is never retried'
  const changesWith = async (filter: ReturnType<typeof fault>) =>
    (await trimmed({ listeners: [listener({}, manager({ http_filters: [filter, router] }))] })).changes
  expect(await changesWith(fault({ abort: { http_status: 503 } }))).toEqual([line])
  expect(await changesWith(fault({}))).toEqual([])
  const perRoute = { ...toApp, typed_per_filter_config: { f: fault({ delay: {} }).typed_config ?? null } }
  const { changes } = await trimmed({ listeners: [listener({}, manager({}, { routes: [perRoute] }))] })
  expect(changes).toEqual(['fault filter in virtual host app: what it aborts is never retried'])
})

describe('routes', () => {
  const withRoutes = (...routes: readonly object[]) => ({
    listeners: [listener({}, manager({}, { routes: routes as [] }))],
  })
  const to = (route: object) => ({ match: { prefix: '/' }, route })

  test('that lead to no cluster, or to one that only a request names, are refused, all in one message', async () => {
    const message = await refusal(
      withRoutes(
        to({ cluster: 'nowhere' }),
        to({ cluster_header: 'x-to' }),
        to({
          weighted_clusters: {
            clusters: [
              { name: 'app', weight: 1 },
              { name: 'gone', weight: 1 },
            ],
          },
        }),
        to({ cluster: 'app', request_mirror_policies: [{ cluster: 'lost' }] }),
        to({ inline_cluster_specifier_plugin: {} }),
      ),
    )
    expect(message).toMatch(/found 5 things/)
    expect(message).toMatch(
      /envoy\.yaml:\d+: virtual host app: a route leads to cluster nowhere, which does not exist; declare it; known: app/,
    )
    expect(message).toContain('the header x-to of a request chooses the cluster')
    expect(message).toContain('a route leads to cluster gone')
    expect(message).toContain('a route leads to cluster lost')
    expect(message).toContain('inline_cluster_specifier_plugin chooses the cluster')
  })

  test('from a control plane are refused in a file', async () => {
    const rds = { route_config: null, rds: { route_config_name: 'r', config_source: { ads: {} } } }
    expect(await refusal({ listeners: [listener({}, manager(rds))] })).toMatch(
      /its routes \(r\) come from a control plane; use mesh\.controlPlane/,
    )
    expect(await refusal({ listeners: [listener({}, manager({ scoped_routes: {} }))] })).toContain(
      'its routes are scoped',
    )
  })
})

describe('clusters', () => {
  const aggregate = cluster('app', { type: '', cluster_type: { name: 'envoy.clusters.aggregate' } })

  test('of a type of their own are refused where something needs them', async () => {
    expect(await refusal({ clusters: [aggregate] })).toMatch(
      /cluster app: its type envoy\.clusters\.aggregate chooses hosts in a way of its own/,
    )
    const { clusters, changes } = await trimmed({ clusters: [{ ...aggregate, name: 'idle' }, cluster('app')] })
    expect(clusters.map(({ name }) => name)).toEqual(['app'])
    expect(changes).toEqual([
      'cluster idle: not run (its type envoy.clusters.aggregate chooses hosts in a way of its own; nothing that runs needs it)',
    ])
  })

  test('whose type is an old one by a new name run', async () => {
    const dns = extension('envoy.clusters.dns', 'envoy.extensions.clusters.dns.v3.DnsCluster')
    expect(await refusal({ clusters: [cluster('app', { type: '', cluster_type: dns })] })).toBe('')
  })
})

test.each([
  'front-proxy.yaml',
  'canary.yaml',
  'edge-tls.yaml',
  'regex-rewrites.yaml',
  'side-car.yaml',
  'grpc-bridge.yaml',
  'shadow.yaml',
])('a second time changes nothing more: %s', async (name) => {
  const once = runnableForeign(await readEnvoyYaml(fixture(name), 'x'))
  const twice = runnableForeign({ ...once, changes: [] })
  expect(objectsAt(twice.listeners)).toEqual(once.listeners)
  expect([twice.clusters, twice.routes, twice.changes]).toEqual([once.clusters, once.routes, []])
})
