import { expect, test } from 'vitest'
import type { DeclaredPolicy, DeclaredRoute } from '../../mesh/policy.ts'
import { reachClusters } from './reach.ts'
import { aCluster, aPolicy, aRoute, retries } from './test-policy.ts'

const requestTo = (policy: DeclaredPolicy, cluster: string) =>
  reachClusters(policy).reached.find((one) => one.cluster.name === cluster)

const alone = (match: Partial<DeclaredRoute['match']>, domains?: readonly string[]) =>
  requestTo(aPolicy([aCluster('cart')], [aRoute('cart', match)], domains), 'cart')?.request

test.for([
  ['a prefix', { value: '/cart/' }, { path: '/cart/' }],
  ['a path', { kind: 'path', value: '/cart' }, { path: '/cart' }],
  ['a separated prefix', { kind: 'path-prefix', value: '/cart' }, { path: '/cart' }],
  ['a regex', { kind: 'regex', value: '/cart/[0-9]+/items' }, { path: '/cart/1/items' }],
  ['methods', { methods: ['DELETE', 'PUT'] }, { method: 'DELETE' }],
  ['a header', { headers: [{ name: 'x-tier', kind: 'exact', value: 'gold' }] }, { headers: { 'x-tier': 'gold' } }],
  ['a header by regex', { headers: [{ name: 'x-v', kind: 'regex', value: 'v[12]' }] }, { headers: { 'x-v': 'v1' } }],
  [
    'a header that must not be',
    { headers: [{ name: 'x-no', kind: 'present', value: '', invert: true }] },
    { headers: {} },
  ],
  ['a query', { query: [{ name: 'beta', kind: 'exact', value: '1' }] }, { path: '/?beta=1' }],
  ['gRPC only', { grpcOnly: true, value: '/shop.Cart/' }, { method: 'POST', isGrpc: true }],
] as const)('by %s', ([, match, expected]) => {
  expect(alone(match)).toMatchObject(expected)
})

test.for([
  [['*'], 'service.test'],
  [['*.shop.test'], 'any.shop.test'],
  [['shop.*'], 'shop.test'],
  [['shop:8080'], 'shop:8080'],
] as const)('of domains %s', ([domains, host]) => {
  expect(alone({}, domains)?.host).toBe(host)
})

test('an earlier route that is narrower is stepped around', () => {
  const routes = [aRoute('front', { kind: 'path', value: '/' }), aRoute('cart')]
  const { reached, unreached } = reachClusters(aPolicy([aCluster('front'), aCluster('cart')], routes))
  expect(reached.map(({ cluster, request }) => [cluster.name, request.path])).toEqual([
    ['front', '/'],
    ['cart', '/example'],
  ])
  expect(unreached).toEqual([])
})

test('what no request reaches is told with the reason', () => {
  const line = { file: '/etc/envoy.yaml', line: 7, text: '' }
  const routes = [
    aRoute('front', {}, { lines: { route: line } }),
    aRoute('behind', { value: '/late' }),
    aRoute('odd', { kind: 'regex', value: '/[[:alpha:]]' }),
    aRoute('gone'),
  ]
  const clusters = ['front', 'behind', 'odd', 'alone'].map((name) => aCluster(name))
  expect(reachClusters(aPolicy(clusters, routes)).unreached).toEqual([
    { cluster: 'behind', reason: 'the route at envoy.yaml:7 comes before and takes its requests' },
    { cluster: 'odd', reason: 'the route takes no request that the load generator can send' },
    { cluster: 'alone', reason: 'no HTTP route leads to it' },
    { cluster: 'gone', reason: 'the route leads to it, but the config has no such cluster' },
  ])
})

test('a host that cannot be sent is a reason, too', () => {
  const { unreached } = reachClusters(aPolicy([aCluster('cart')], [aRoute('cart')], ['日本']))
  expect(unreached).toMatchObject([{ cluster: 'cart', reason: expect.stringMatching(/no request that the load/) }])
})

test('weights and shadows say what share a cluster gets', () => {
  const weighted = [
    { cluster: 'old', weight: 90 },
    { cluster: 'new', weight: 10 },
  ]
  const routes = [aRoute('old', {}, { weighted, shadows: [{ cluster: 'copy', ratio: 0.5 }] })]
  const policy = aPolicy([aCluster('old'), aCluster('new'), aCluster('copy')], routes)
  expect(requestTo(policy, 'old')).toMatchObject({ share: 0.9, isShadow: false })
  expect(requestTo(policy, 'new')).toMatchObject({ share: 0.1, isShadow: false })
  expect(requestTo(policy, 'copy')).toMatchObject({ share: 0.5, isShadow: true })
})

test('chance is told', () => {
  const policy = aPolicy([aCluster('new'), aCluster('old')], [aRoute('new', { ratio: 0.1 }), aRoute('old')])
  expect(requestTo(policy, 'new')).toMatchObject({ isByChance: true })
  expect(requestTo(policy, 'old')).toMatchObject({ isByChance: true })
})

test('of several routes the one with timers that can be judged and with retries is taken', () => {
  const routes = [
    aRoute('cart', { kind: 'path', value: '/ping' }, { timeoutMs: 100 }),
    aRoute('cart', { value: '/a' }),
    aRoute('cart', { value: '/b' }, { retry: retries }),
  ]
  expect(requestTo(aPolicy([aCluster('cart')], routes), 'cart')?.request.path).toBe('/b')
})

test('of several listeners each is named', () => {
  const policy = aPolicy([aCluster('in'), aCluster('out')], [])
  const virtualHosts = ['in', 'out'].map((name) => ({
    name,
    domains: ['*'],
    listener: name,
    routes: [aRoute(name)],
  }))
  const listeners = [
    { name: 'in' },
    { name: 'out', answeredBy: ['envoy.filters.http.rbac', 'envoy.filters.http.cors'] },
  ]
  const { reached } = reachClusters({ ...policy, virtualHosts, listeners })
  expect(reached).toMatchObject([
    { request: { listener: 'in' } },
    {
      request: { listener: 'out' },
      before: { why: 'envoy.filters.http.rbac may answer requests', isJudged: false, isServed: true },
    },
  ])
})
