// The real Envoy as judge of what we compile. All resources are static ones, because Envoy reads those strictly: a
// misspelt field is refused, where in a dynamic resource it would be ignored. DNS goes to a closed port on loopback.

import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, request } from 'node:http'
import { createServer as createHttp2Server } from 'node:http2'
import type { AddressInfo, Server } from 'node:net'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { randomStream } from '../core/random.ts'
import { nameRunFolder } from '../environment/process/run-folder.ts'
import { startProcess } from '../environment/process/started-process.ts'
import { waitUntil } from '../environment/process/wait-until.ts'
import { startWatchdog } from '../environment/process/watchdog.ts'
import { runBounded } from '../environment/tools/bounded-command.ts'
import { ensureEnvoy } from '../environment/tools/envoy-tool.ts'
import { evaluateJsonnet } from '../environment/tools/jsonnet-tool.ts'
import { compileDefinition, type Json, type JsonObject, type Resource, type XdsResources } from './compile.ts'
import { declaredPolicy } from './declared-policy.ts'
import { definitionArbitrary } from './definition.arbitrary.ts'
import { type Definition, loadDefinition, parseDefinition } from './definition.ts'
import { matchRoute } from './policy.ts'
import { rewriteForRun } from './rewrite.ts'
import { loopback, staticBootstrap } from './static-bootstrap.ts'

const fixture = (name: string) => new URL(`../../fixtures/mesh/${name}`, import.meta.url).pathname
// EDS is asked once: with the default delay hundreds of clusters would poll without pause.
const compileOptions = { edsRefreshDelay: '600s' }
let envoy: string

beforeAll(async () => {
  envoy = (await ensureEnvoy()).path
})

test.each([1, 2, 3])('100 random definitions are accepted and active (batch %d)', async (seed) => {
  const batch = fc.sample(definitionArbitrary(), { numRuns: 100, seed }).map((definition, index) =>
    // All in one Envoy: names of clusters get a number.
    compileDefinition(withClusterPrefix(definition, `${index}-`), `node-${index}`, compileOptions),
  )
  await expectActive(batch)
})

test('the fixtures are accepted and active', async () => {
  const loaded = [await loadDefinition(fixture('book.yaml')), await loadDefinition(fixture('everything.yaml'))]
  await expectActive(
    loaded.map(({ definition }, index) => compileDefinition(definition, `node-${index}`, compileOptions)),
  )
})

test('a misspelt field is refused, so that acceptance means something', async () => {
  const { definition } = await loadDefinition(fixture('book.yaml'))
  const good = compileDefinition(definition, 'book', compileOptions)
  await using server = await listen(createServer())
  const validate = async (from: string, to: string) => {
    const text = JSON.stringify(staticBootstrap([good], server.port)).replace(from, to)
    return runBounded(envoy, ['--mode', 'validate', '--config-yaml', text], {
      timeoutMs: 20_000,
      outputBytesMax: 1 << 20,
    })
  }
  expect((await validate('"', '"')).code).toBe(0)
  for (const field of [
    'connect_timeout',
    'max_retries',
    'consecutive_5xx',
    'per_try_timeout',
    'host_rewrite_literal',
  ]) {
    const { code, stderr } = await validate(`"${field}":`, `"${field}x":`)
    expect(code, field).not.toBe(0)
    expect(stderr).toContain(`${field}x`)
  }
})

test('jsonnet with imports compiles to the same', async () => {
  const [jsonnet, yaml] = [
    await loadDefinition(fixture('book.jsonnet'), { jsonnet: evaluateJsonnet }),
    await loadDefinition(fixture('book.yaml')),
  ]
  expect(compileDefinition(jsonnet.definition, 'book')).toEqual(compileDefinition(yaml.definition, 'book'))
})

test('the real router chooses what matchRoute says', async () => {
  const roll = randomStream('compile.live', 'requests')
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(roll() * items.length)] as Item
  const definitions = fc
    .sample(definitionArbitrary({ ascii: true, dependenciesMax: 4 }), { numRuns: 60, seed: 7 })
    .filter(({ dependencies }) => dependencies.length > 0)
    .map((definition, index) => withClusterPrefix(definition, `${index}-`))
  const compiled = definitions.map((definition, index) =>
    answering(compileDefinition(definition, `node-${index}`, compileOptions)),
  )
  const counts = { matched: 0, unmatched: 0 }
  await withEnvoy(compiled, async (admin) => {
    const ports = await listenerPorts(admin)
    for (let index = 0; index < 1500; index++) {
      const node = index % definitions.length
      const definition = definitions[node] as Definition
      const dependency = pick(definition.dependencies)
      const route = pick(dependency.routes)
      const host = roll() < 0.1 ? 'nobody' : roll() < 0.5 ? dependency.name : dependency.name.toUpperCase()
      const method = roll() < 0.6 ? (route.method ?? 'GET') : pick(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH'])
      const path = `${route.prefix ?? route.path}${pick(['', '', '', '?', '?a=/b', '/', 'a', 'b', '/a?b'])}`
      const declared = declaredPolicy(parseDefinition(JSON.stringify(definition), 'random.json', 'json'), 'node')
      const promised = matchRoute(declared, { host: host === '*' ? 'any' : host, method, path })
      const answer = await send(ports[node] ?? 0, { host: host === '*' ? 'any' : host, method, path })
      const place = declared.virtualHosts.flatMap((virtualHost) =>
        virtualHost.routes.flatMap((candidate, at) => (candidate === promised ? [`${virtualHost.name} ${at}`] : [])),
      )
      expect(answer.headers['x-route'], `${method} ${host} ${path} at node ${node}`).toBe(place[0])
      expect(answer.status).toBe(promised === undefined ? 404 : 200)
      counts[promised === undefined ? 'unmatched' : 'matched']++
    }
  })
  expect(counts.matched).toBeGreaterThan(400)
  expect(counts.unmatched).toBeGreaterThan(200)
})

test('what was rewritten for a run still sends the Host header of the original, and counts attempts', async () => {
  const { definition } = await loadDefinition(fixture('book.yaml'))
  const automatic = definition.dependencies.map(({ host_header, ...rest }) => ({ ...rest, name: `auto-${rest.name}` }))
  await using http1 = await listen(
    createServer(({ headers }, response) => {
      response.setHeader('x-seen', `${headers.host} ${headers['x-envoy-attempt-count']}`).end()
    }),
  )
  await using http2 = await listen(
    createHttp2Server((query, response) => {
      response.setHeader('x-seen', `${query.authority} ${query.headers['x-envoy-attempt-count']}`)
      response.end()
    }),
  )
  const endpoints = { 'user-development': [{ address: '127.0.0.1', port: http1.port }] }
  const rewritten = [definition, { ...definition, dependencies: automatic }].map(
    (each, index) =>
      rewriteForRun(compileDefinition(each, 'book', compileOptions), { prefix: `s${index}.`, endpoints }).resources,
  )
  await withEnvoy(
    rewritten,
    async (admin) => {
      const [literal = 0, auto = 0] = await listenerPorts(admin)
      const seen = async (port: number, host: string) =>
        (await send(port, { host, method: 'GET', path: '/' })).headers['x-seen']
      expect(await seen(literal, 'user')).toBe('user-service 1')
      expect(await seen(auto, 'auto-user')).toBe('user-app 1')
      expect(await seen(literal, 'ab-testing')).toBe('registered.example 1')
    },
    http2.port,
  )
})

/** Starts Envoy with all of them and compares what it says is active with what we compiled, field by field. */
async function expectActive(batch: readonly XdsResources[]): Promise<void> {
  await withEnvoy(batch, async (admin) => {
    const dump = (await (await fetch(`${admin}/config_dump`)).json()) as { configs: JsonObject[] }
    const section = (type: string) => dump.configs.find((config) => String(config['@type']).endsWith(type)) ?? {}
    const active = new Map<string, Json | undefined>()
    for (const { cluster } of section('.ClustersConfigDump').static_clusters as JsonObject[])
      active.set(`cluster ${(cluster as Resource).name}`, cluster)
    for (const { route_config } of section('.RoutesConfigDump').static_route_configs as JsonObject[])
      active.set(`routes ${(route_config as Resource).name}`, route_config)
    expect(section('.ClustersConfigDump')).not.toHaveProperty('dynamic_warming_clusters')
    for (const { clusters, routes } of batch) {
      for (const cluster of clusters) expect(active.get(`cluster ${cluster.name}`)).toEqual(cluster)
      // Envoy leaves out an empty list.
      for (const { virtual_hosts, ...rest } of routes)
        expect(active.get(`routes ${rest.name}`)).toEqual(
          (virtual_hosts as Json[]).length === 0 ? rest : { ...rest, virtual_hosts },
        )
    }
    expect(active.size).toBe(batch.reduce((sum, { clusters, routes }) => sum + clusters.length + routes.length, 1))
  })
}

/** @param endpointPort where every discovered cluster has its one host; without it they have none */
async function withEnvoy(
  batch: readonly XdsResources[],
  use: (admin: string) => Promise<void>,
  endpointPort?: number,
): Promise<void> {
  await using discovery = await listen(endpointDiscovery(endpointPort))
  await using watchdog = await startWatchdog(nameRunFolder())
  const folder = watchdog.runFolder.path
  await writeFile(join(folder, 'envoy.json'), JSON.stringify(staticBootstrap(batch, discovery.port)))
  await using child = startProcess({
    name: 'envoy',
    command: envoy,
    args: [
      '-c',
      join(folder, 'envoy.json'),
      '--disable-hot-restart',
      '--concurrency',
      '1',
      '-l',
      'error',
      '--admin-address-path',
      join(folder, 'admin'),
    ],
    watchdog,
  })
  let admin = ''
  const ready = async () => {
    admin = `http://${(await readFile(join(folder, 'admin'), 'utf8')).trim()}`
    const { status } = await fetch(`${admin}/ready`)
    return status === 200 || `GET /ready gave ${status}`
  }
  await waitUntil('envoy', ready, { timeoutMs: 60_000, intervalMs: 50, process: child })
  await use(admin)
}

/** Ports in the order of the resources that were given. */
async function listenerPorts(admin: string): Promise<number[]> {
  const body = (await (await fetch(`${admin}/listeners?format=json`)).json()) as {
    listener_statuses: { name: string; local_address: { socket_address: { port_value: number } } }[]
  }
  const number = (name: string) => Number(/\d+/.exec(name)?.[0])
  return body.listener_statuses
    .sort((left, right) => number(left.name) - number(right.name))
    .map(({ local_address }) => local_address.socket_address.port_value)
}

function endpointDiscovery(port: number | undefined): Server {
  return createServer(async (incoming, response) => {
    let body = ''
    for await (const chunk of incoming) body += chunk
    const endpoint = { address: { socket_address: loopback(port ?? 1) }, hostname: 'registered.example' }
    const resources = (JSON.parse(body) as { resource_names: string[] }).resource_names.map((name) => ({
      '@type': 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment',
      cluster_name: name,
      endpoints: port === undefined ? [] : [{ lb_endpoints: [{ endpoint }] }],
    }))
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ version_info: '1', resources }))
  })
}

async function listen(server: Server): Promise<{ readonly port: number } & AsyncDisposable> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      server.close()
      if ('closeAllConnections' in server && typeof server.closeAllConnections === 'function')
        server.closeAllConnections()
    },
  }
}

async function send(port: number, { host, method, path }: { host: string; method: string; path: string }) {
  const outgoing = request({ host: '127.0.0.1', port, method, path, headers: { host } }).end()
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage]
  incoming.resume()
  return { status: incoming.statusCode, headers: incoming.headers }
}

/** Lets each route answer by itself, naming its place, so that the router's choice can be seen. */
function answering({ clusters, routes }: XdsResources): XdsResources {
  const named = (host: JsonObject) => ({
    ...host,
    routes: (host.routes as JsonObject[]).map(({ route: _, ...rest }, at) => ({
      ...rest,
      direct_response: { status: 200 },
      response_headers_to_add: [{ header: { key: 'x-route', value: `${String(host.name)} ${at}` } }],
    })),
  })
  return {
    clusters,
    routes: routes.map((config) => ({ ...config, virtual_hosts: (config.virtual_hosts as JsonObject[]).map(named) })),
  }
}

function withClusterPrefix(definition: Definition, prefix: string): Definition {
  const dependencies = definition.dependencies.map((dependency) => ({
    ...dependency,
    cluster_name: prefix + dependency.cluster_name,
  }))
  return { ...definition, dependencies }
}
