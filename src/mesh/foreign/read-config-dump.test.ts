import { expect, test } from 'vitest'
import { InputError } from '../../core/errors.ts'
import { httpChains } from './http-chains.ts'
import { objectsAt } from './json-tree.ts'
import { readConfigDump } from './read-config-dump.ts'
import { rewriteForeign } from './rewrite-foreign.ts'
import { runnableForeign } from './runnable.ts'
import { fixture, planOf, readDump, virtualHostsOf } from './test-foreign.ts'

const recorded = () => readConfigDump(fixture('recorded.config_dump.json'), 'x')
const istio = async () => runnableForeign(await readConfigDump(fixture('istio-sidecar.config_dump.json'), 'x'))

test('what the real Envoy said: listeners, routes by name, clusters, discovered hosts, all with their lines', async () => {
  const { node, listeners, routes, clusters, endpoints, lineOf } = await recorded()
  expect(node).toBe('front')
  expect(listeners.map(({ name }) => name)).toEqual(['door'])
  expect(routes.map(({ name }) => name)).toEqual(['shop_routes'])
  expect(clusters.map(({ name }) => name)).toEqual(['control-plane', 'cart', 'catalog', 'not-used'])
  expect(endpoints.map((one) => one.cluster_name)).toContain('cart-hosts')
  expect(lineOf('/clusters/1/connect_timeout').text).toBe('"connect_timeout": "0.250s",')
  expect(lineOf('/routes/0/virtual_hosts/0/routes/1/route/retry_policy/num_retries').text).toBe('"num_retries": 2,')
})

test('only what a listener needs runs; lines are still found when others are gone', async () => {
  const runnable = runnableForeign(await recorded())
  expect(runnable.clusters.map(({ name }) => name)).toEqual(['cart', 'catalog'])
  expect(runnable.lineOf('/clusters/0/name').text).toBe('"name": "cart",')
  expect(runnable.changes).toContain('not run, because nothing that runs names them: clusters control-plane, not-used')
})

test('routes are written into the listener, discovered hosts become ours in their localities', async () => {
  const runnable = runnableForeign(await recorded())
  const run = rewriteForeign(runnable, planOf(runnable, {}, 2))
  expect(virtualHostsOf(run.listeners[0]).map(({ name }) => name)).toEqual(['shop'])
  const groups = objectsAt(run.clusters[0], 'load_assignment', 'endpoints')
  expect(groups.map(({ locality, lb_endpoints: hosts }) => [locality, (hosts as readonly unknown[]).length])).toEqual([
    [{ zone: 'eu-a' }, 1],
    [{ zone: 'eu-b' }, 1],
  ])
})

test('of an Istio side-car the outbound HTTP listeners run, with filters that plain Envoy has', async () => {
  const { listeners, routes, clusters, changes } = await istio()
  expect(listeners.map(({ name }) => name)).toEqual(['0.0.0.0_9080'])
  const [listener] = listeners
  const filters =
    listener === undefined ? [] : httpChains(listener).http.flatMap(({ manager }) => objectsAt(manager, 'http_filters'))
  expect(filters.map(({ name }) => name)).toEqual([
    'envoy.filters.http.grpc_stats',
    'envoy.filters.http.fault',
    'envoy.filters.http.cors',
    'envoy.filters.http.router',
  ])
  expect(objectsAt(routes[0], 'virtual_hosts').map(({ name }) => name)).toEqual([
    'details.default.svc.cluster.local:9080',
    'reviews.default.svc.cluster.local:9080',
  ])
  expect(clusters.map(({ name }) => name)).toEqual([
    'outbound|9080||details.default.svc.cluster.local',
    'outbound|9080|v1|reviews.default.svc.cluster.local',
    'outbound|9080|v2|reviews.default.svc.cluster.local',
  ])
  for (const gone of ['istio.stats', 'istio.alpn', 'istio.metadata_exchange']) {
    expect(changes).toContain(`listener 0.0.0.0_9080: filter ${gone} taken out (Istio only)`)
  }
  expect(changes).toContain('listener virtualInbound: not run (the kernel would redirect connections to it)')
  expect(changes).toContain('listener 0.0.0.0_9999: not run (it does not run there either: refused)')
  // Istio puts an idle fault filter into every listener.
  expect(changes.filter((line) => line.startsWith('fault filter'))).toEqual([])
})

test('lines of an Istio dump are those of the file, although listeners in front were taken out', async () => {
  const { lineOf } = await istio()
  expect(lineOf('/listeners/0/name').text).toBe('"name": "0.0.0.0_9080",')
  expect(lineOf('/listeners/0/filter_chains/0/filters/0/typed_config/rds/route_config_name').text).toBe(
    '"route_config_name": "9080"',
  )
  expect(lineOf('/clusters/0/lb_policy').text).toBe('"lb_policy": "LEAST_REQUEST",')
})

const dump = (...configs: readonly { readonly [key: string]: never }[]) => readDump({ configs })
const part = (type: string, more: object) =>
  ({ '@type': `type.googleapis.com/envoy.admin.v3.${type}`, ...more }) as unknown as { readonly [key: string]: never }

test('refuses what is no whole dump, and scoped routes', async () => {
  await expect(dump()).rejects.toThrow(/expected the listeners of an Envoy, found none; take the whole \/config_dump/)
  await expect(readDump({ static_resources: {} })).rejects.toThrow(
    /list "configs", found none; name a bootstrap in mesh\.envoy/,
  )
  const scoped = dump(part('ScopedRoutesConfigDump', { inline_scoped_route_configs: [{ name: 'x' }] }))
  await expect(scoped).rejects.toThrow(/^envoy\.yaml:\d+:\d+ .*found scoped routes/)
  await expect(scoped).rejects.toBeInstanceOf(InputError)
})
