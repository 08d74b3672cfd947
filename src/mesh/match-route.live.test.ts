// The real router as judge of matchRoute, rewritten paths and hosts: many random route configurations in one Envoy, each
// behind a listener of its own with settings of its own, and thousands of requests. Routes answer by themselves and name
// their place, so the router's choice can be seen.

import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { randomStream } from '../core/random.ts'
import { nameRunFolder } from '../environment/process/run-folder.ts'
import { startProcess } from '../environment/process/started-process.ts'
import { waitUntil } from '../environment/process/wait-until.ts'
import { startWatchdog } from '../environment/process/watchdog.ts'
import { ensureEnvoy } from '../environment/tools/envoy-tool.ts'
import { effectiveHost, effectivePath } from './effective-path.ts'
import { declaredFromXds } from './foreign/declared-from-xds.ts'
import { type DeclaredPolicy, type DeclaredRoute, possibleRoutes } from './policy.ts'
import { redirectLocation, upstreamPath } from './rewritten-path.ts'
import { loopback } from './static-bootstrap.ts'
import type { JsonObject, Resource } from './xds.ts'

const roll = randomStream('match-route.live', 'all')
const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(roll() * items.length)] as Item
const some = <Item>(items: readonly Item[], max: number) =>
  Array.from({ length: Math.floor(roll() * (max + 1)) }, () => pick(items))

const settings: readonly JsonObject[] = [
  {},
  { normalize_path: true },
  { merge_slashes: true, normalize_path: true },
  { path_with_escaped_slashes_action: 'REJECT_REQUEST' },
  { path_with_escaped_slashes_action: 'UNESCAPE_AND_REDIRECT' },
  { path_with_escaped_slashes_action: 'UNESCAPE_AND_FORWARD', merge_slashes: true, normalize_path: true },
  { strip_any_host_port: true },
  { strip_trailing_host_dot: true },
]

const domains = [
  'a.com',
  '*.a.com',
  '*a.com',
  '*-x.a.com',
  'api.*',
  'api-*',
  'api.a*',
  '*',
  'b.com:80',
  'x.a.com',
  'Api.A.com',
]
const hosts = [
  ...[
    'a.com',
    'x.a.com',
    'y-x.a.com',
    'api.a.com',
    'api.b',
    'api-b',
    'A.COM',
    'a.com:80',
    'b.com:80',
    'b.com',
    'xa.com',
  ],
  ...['nobody', 'api.', 'api.a', 'X.A.com', 'x.a.com:8080', 'a.com.', 'b.com.:80'],
]
const paths = [
  ...['/', '/a', '/a/', '/a/b', '/ab', '/A', '/A/B', '/a/17', '/a/17x', '/b', '/b/', '/bb', '//a', '/a//b', '/a/../b'],
  ...['/a%2fb', '/a%5Cb', '/%61', '/a/./b', '/a%00', '/a;x', '/a/%2e%2e/b', '/a"b', '/a%20b'],
]
const queries = ['', '', '', '?', '?q', '?q=1', '?q=12&r=ab', '?r=AB', '?r=b&r=ab', '?a=/b', '?q=%31']

const text = (): JsonObject => {
  const [kind, value] = pick([
    ['exact', 'ab'],
    ['exact', '1'],
    ['prefix', 'a'],
    ['suffix', 'b'],
    ['contains', 'b'],
    ['safe_regex', '[ab]+'],
    ['safe_regex', '\\d+'],
  ] as const)
  if (kind === 'safe_regex') return { safe_regex: { regex: value } }
  return { [kind]: value, ...(roll() < 0.3 && { ignore_case: true }) }
}

const headerMatcher = (): JsonObject => {
  if (roll() < 0.3)
    return {
      name: ':method',
      string_match: pick<JsonObject>([{ exact: 'GET' }, { safe_regex: { regex: '(GET|HEAD)' } }, { exact: 'POST' }]),
      ...(roll() < 0.2 && { invert_match: true }),
    }
  const name = pick(['x-one', 'X-Two', ':path', ':authority', 'host'])
  const how = roll() < 0.3 ? { present_match: roll() < 0.6 } : roll() < 0.9 ? { string_match: text() } : {}
  return {
    name,
    ...how,
    ...(roll() < 0.3 && { invert_match: true }),
    ...(roll() < 0.2 && { treat_missing_header_as_empty: true }),
  }
}

const pathMatcher = (): JsonObject =>
  pick<() => JsonObject>([
    () => ({ prefix: pick(['/', '/a', '/a/', '/A', '/b']), ...(roll() < 0.3 && { case_sensitive: false }) }),
    () => ({ path: pick(['/a', '/a/b', '/A/b', '/b']), ...(roll() < 0.3 && { case_sensitive: false }) }),
    () => ({ path_separated_prefix: pick(['/a', '/A', '/b', '/a/b']), ...(roll() < 0.3 && { case_sensitive: false }) }),
    () => ({ safe_regex: { regex: pick(['/a/[0-9]+', '/(a|b).*', '/a.?', '/[^/]+', '(?i)/A/b', '/a']) } }),
  ])()

const matcher = (): JsonObject => {
  const headers = roll() < 0.5 ? some([0], 2).map(headerMatcher) : []
  const query =
    roll() < 0.25
      ? [{ name: pick(['q', 'r']), ...(roll() < 0.6 ? { string_match: text() } : { present_match: true }) }]
      : []
  return {
    ...pathMatcher(),
    ...(headers.length > 0 && { headers }),
    ...(query.length > 0 && { query_parameters: query }),
    ...(roll() < 0.1 && { grpc: {} }),
    ...(roll() < 0.3 && {
      runtime_fraction: { default_value: { numerator: pick([0, 100, 50, 50]), denominator: 'HUNDRED' } },
    }),
  }
}

const rewrite = (): JsonObject =>
  pick<JsonObject>([
    {},
    { prefix_rewrite: '/new' },
    { prefix_rewrite: '/' },
    { regex_rewrite: { pattern: { regex: '/a/([0-9]+)' }, substitution: '/n/\\1' } },
    { regex_rewrite: { pattern: { regex: '[ab]' }, substitution: '<\\0>' } },
  ])

const redirect = (): JsonObject => ({
  ...pick<JsonObject>([{}, { https_redirect: true }, { scheme_redirect: 'ftp' }]),
  ...pick<JsonObject>([{}, { host_redirect: 'other.com' }]),
  ...pick<JsonObject>([{}, { port_redirect: 8443 }]),
  ...pick<JsonObject>([
    {},
    { path_redirect: '/there' },
    { path_redirect: '/there?own' },
    { prefix_rewrite: '/new' },
    { regex_rewrite: { pattern: { regex: '[ab]' }, substitution: 'c' } },
  ]),
  ...(roll() < 0.3 && { strip_query: true }),
  ...(roll() < 0.5 && { response_code: pick(['FOUND', 'SEE_OTHER', 'TEMPORARY_REDIRECT', 'PERMANENT_REDIRECT']) }),
})

/** `kind` says what routes do: name their place, send on with another path, or redirect. */
function routeConfig(kind: 'answer' | 'forward' | 'redirect'): JsonObject {
  const free = [...domains]
  const virtual_hosts = Array.from({ length: 1 + Math.floor(roll() * 4) }, (_, host) => {
    const own = Array.from(
      { length: 1 + Math.floor(roll() * 2) },
      () => free.splice(Math.floor(roll() * free.length), 1)[0] ?? '',
    )
    const routes = Array.from({ length: 1 + Math.floor(roll() * 4) }, (_route, at) => ({
      match: roll() < 0.25 ? { prefix: '/' } : matcher(),
      response_headers_to_add: [{ header: { key: 'x-route', value: `${host} ${at}` } }],
      ...(kind === 'answer' && { direct_response: { status: 200 } }),
      ...(kind === 'redirect' && { redirect: redirect() }),
      ...(kind === 'forward' && {
        route: {
          cluster: 'echo',
          ...rewrite(),
          ...pick<JsonObject>([{}, { host_rewrite_literal: 'literal' }, { auto_host_rewrite: true }]),
        },
      }),
    }))
    return { name: String(host), domains: own, routes }
  })
  return { name: 'r', virtual_hosts, ...(roll() < 0.15 && { ignore_port_in_host_matching: true }) }
}

const managerType =
  'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'
const router = {
  name: 'envoy.filters.http.router',
  typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
}

const listeners = Array.from({ length: 90 }, (_, index): Resource => {
  const manager = {
    '@type': managerType,
    stat_prefix: 'x',
    ...(settings[index % settings.length] as JsonObject),
    route_config: routeConfig(pick(['answer', 'forward', 'forward', 'redirect'])),
    http_filters: [router],
  }
  return {
    '@type': 'type.googleapis.com/envoy.config.listener.v3.Listener',
    name: `l${index}`,
    address: { socket_address: loopback(0) },
    filter_chains: [{ filters: [{ name: 'hcm', typed_config: manager }] }],
  }
})

/** As if each listener were a config of its own. */
const policies = listeners.map((listener) =>
  declaredFromXds({
    ...{
      sort: 'envoy',
      from: 'random.yaml',
      node: 'n',
      bootstrap: {},
      listeners: [listener],
      routes: [],
      endpoints: [],
    },
    clusters: [echo(0)],
    changes: [],
    lineOf: (text) => ({ file: 'random.yaml', text }),
  }),
)

function echo(port: number): Resource {
  const endpoint = { address: { socket_address: loopback(port) }, hostname: 'echo.internal' }
  return {
    '@type': 'type.googleapis.com/envoy.config.cluster.v3.Cluster',
    name: 'echo',
    load_assignment: { cluster_name: 'echo', endpoints: [{ lb_endpoints: [{ endpoint }] }] },
  }
}

const stack = new AsyncDisposableStack()
let ports: readonly number[] = []

beforeAll(async () => {
  const server = createServer(({ url, headers }, response) => {
    response.writeHead(200, { 'x-seen-path': url, 'x-seen-host': headers.host }).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  stack.defer(() => {
    server.close()
    server.closeAllConnections()
  })
  const watchdog = stack.use(await startWatchdog(nameRunFolder()))
  const at = (name: string) => join(watchdog.runFolder.path, name)
  const bare = (all: readonly Resource[]) => all.map(({ '@type': _, ...rest }) => rest)
  const clusters = bare([echo((server.address() as AddressInfo).port)])
  const admin = { address: { socket_address: loopback(0) } }
  await writeFile(
    at('envoy.json'),
    JSON.stringify({ admin, static_resources: { listeners: bare(listeners), clusters } }),
  )
  const flags = ['--disable-hot-restart', '--concurrency', '1', '-l', 'error', '--admin-address-path', at('admin')]
  const command = (await ensureEnvoy()).path
  const child = stack.use(startProcess({ name: 'envoy', command, args: ['-c', at('envoy.json'), ...flags], watchdog }))
  const ready = async () => {
    const url = `http://${(await readFile(at('admin'), 'utf8')).trim()}`
    if ((await fetch(`${url}/ready`)).status !== 200) return 'not ready'
    ports = await listenerPorts(url)
    return true
  }
  await waitUntil('envoy', ready, { timeoutMs: 30_000, intervalMs: 50, process: child })
}, 60_000)

afterAll(() => stack.disposeAsync())

test('hosts, routes, paths and redirects are what the model says', async () => {
  const counts = { matched: 0, unmatched: 0, rejected: 0, redirected: 0, forwarded: 0, byChance: 0 }
  for (let index = 0; index < 5000; index++) {
    const place = index % listeners.length
    const probe = randomProbe()
    const policy = policies[place] as DeclaredPolicy
    const answer = await send(ports[place] ?? 0, probe)
    const words = explain(probe, policy, answer)
    const [listener] = policy.listeners ?? []
    const path = effectivePath(probe.path, listener)
    if (path.kind === 'rejected') {
      expect(answer.status, words).toBe(seenStatus(400, probe))
      counts.rejected++
    } else if (path.kind === 'redirected') {
      expect([answer.status, answer.headers.location], words).toEqual(
        isCall(probe) ? [200, undefined] : [307, path.location],
      )
      counts.redirected++
    } else {
      const possible = possibleRoutes(policy, probe)
      const route = placedRoute(policy, answer.headers['x-route'])
      expect(possible, words).toContain(route)
      if (possible.length > 1) counts.byChance++
      counts[route === undefined ? 'unmatched' : 'matched']++
      if (route === undefined) expect(answer.status, words).toBe(seenStatus(404, probe))
      else expectTreated(route, answer, { path: path.path, host: effectiveHost(probe.host, listener), probe }, words)
      if (answer.headers['x-seen-path'] !== undefined) counts.forwarded++
    }
  }
  expect(counts.matched).toBeGreaterThan(800)
  expect(counts.unmatched).toBeGreaterThan(800)
  for (const count of Object.values(counts)) expect(count).toBeGreaterThan(20)
}, 120_000)

/** What a person needs to see why the model and Envoy differ. */
function explain(probe: Probe, policy: DeclaredPolicy, { status, headers }: Answer): string {
  const possible = possibleRoutes(policy, probe).map((route) => route && { ...route, lines: undefined })
  const given = { status, ...headers, date: undefined, server: undefined }
  const chosen = placedRoute(policy, headers['x-route'])
  const chosenMatch = { ...chosen, lines: undefined }
  return JSON.stringify({
    probe,
    listener: policy.listeners?.map((one) => ({ ...one, edge: undefined })),
    given,
    chosenMatch,
    possible,
    domains: policy.virtualHosts.map((host) => host.domains),
  })
}

function expectTreated(
  route: DeclaredRoute,
  { status, headers }: Answer,
  seen: { path: string; host: string; probe: Probe },
  words: string,
) {
  if (route.answers !== undefined) {
    expect([status, headers.location], words).toEqual([
      seenStatus(route.answers.status, seen.probe),
      redirectLocation(route, seen),
    ])
    return
  }
  expect(headers['x-seen-path'], words).toBe(upstreamPath(route, seen.path))
  const { hostRewrite } = route
  const host =
    hostRewrite.kind === 'literal' ? hostRewrite.value : hostRewrite.kind === 'auto' ? 'echo.internal' : seen.host
  expect(headers['x-seen-host'], words).toBe(host)
}

/** What Envoy answers by itself to a gRPC call is a 200 with a grpc-status. */
function seenStatus(status: number, probe: Probe): number {
  return isCall(probe) ? 200 : status
}

function isCall({ headers }: Probe): boolean {
  return /^application\/grpc(\+|$)/.test(headers['content-type'] ?? '')
}

interface Probe {
  readonly host: string
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
}

function randomProbe(): Probe {
  return {
    host: pick(hosts),
    method: pick(['GET', 'GET', 'HEAD', 'POST', 'PUT']),
    path: pick(paths) + pick(queries),
    headers: {
      ...(roll() < 0.4 && { 'x-one': pick(['a', 'ab', 'AB', '1', '12', '']) }),
      ...(roll() < 0.4 && { 'x-two': pick(['a', 'ab', 'b', '1']) }),
      ...(roll() < 0.2 && {
        'content-type': pick(['application/grpc', 'application/grpc+proto', 'application/json', 'application/grpcx']),
      }),
    },
  }
}

function placedRoute({ virtualHosts }: DeclaredPolicy, place: string | string[] | undefined) {
  const [host, at] = String(place ?? '').split(' ')
  return virtualHosts.find(({ name }) => name === host)?.routes[Number(at)]
}

async function listenerPorts(admin: string): Promise<number[]> {
  const body = (await (await fetch(`${admin}/listeners?format=json`)).json()) as {
    listener_statuses: { name: string; local_address: { socket_address: { port_value: number } } }[]
  }
  return listeners.map(({ name }) => {
    const found = body.listener_statuses.find((one) => one.name === name)
    return found?.local_address.socket_address.port_value ?? 0
  })
}

type Answer = Pick<IncomingMessage, 'headers'> & { readonly status: number | undefined }

async function send(port: number, { host, headers, method, path }: Probe): Promise<Answer> {
  const outgoing = request({ host: '127.0.0.1', port, method, path, headers: { ...headers, host } }).end()
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage]
  incoming.resume()
  return { status: incoming.statusCode, headers: incoming.headers }
}
