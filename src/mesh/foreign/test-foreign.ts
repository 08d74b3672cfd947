// For this folder's tests: configs made of a few lines, read from a file as a user's are.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'
import type { Json, JsonObject, Resource } from '../xds.ts'
import type { ForeignConfig } from './foreign-config.ts'
import { httpChains } from './http-chains.ts'
import { objectsAt } from './json-tree.ts'
import { readConfigDump } from './read-config-dump.ts'
import { readEnvoyYaml } from './read-envoy-yaml.ts'
import { type ForeignForRun, type ForeignPlan, rewriteForeign } from './rewrite-foreign.ts'

export const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../../fixtures/foreign/${name}`, import.meta.url))

export const extension = (name: string, type: string, config: JsonObject = {}): JsonObject => ({
  name,
  typed_config: { '@type': `type.googleapis.com/${type}`, ...config },
})

const httpType = 'envoy.extensions.filters.http'
export const router = extension('envoy.filters.http.router', `${httpType}.router.v3.Router`)
export const fault = (config: JsonObject) =>
  extension('envoy.filters.http.fault', `${httpType}.fault.v3.HTTPFault`, config)
export const authz = extension('envoy.filters.http.ext_authz', `${httpType}.ext_authz.v3.ExtAuthz`)
export const tcpProxy = extension(
  'envoy.filters.network.tcp_proxy',
  'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy',
  { stat_prefix: 'tcp', cluster: 'app' },
)

export const toApp: JsonObject = { match: { prefix: '/' }, route: { cluster: 'app' } }

export function manager(config: JsonObject = {}, host: JsonObject = {}): JsonObject {
  const virtualHost = { name: 'app', domains: ['*'], routes: [toApp], ...host }
  return extension('hcm', 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager', {
    stat_prefix: 'x',
    route_config: { name: 'routes', virtual_hosts: [virtualHost] },
    http_filters: [router],
    ...config,
  })
}

export function listener(more: JsonObject = {}, ...filters: readonly JsonObject[]): JsonObject {
  return {
    name: 'door',
    address: { socket_address: { address: '0.0.0.0', port_value: 80 } },
    filter_chains: [{ filters: filters.length === 0 ? [manager()] : filters }],
    ...more,
  }
}

export const address = (host: string, port = 80): JsonObject => ({
  address: { socket_address: { address: host, port_value: port } },
})

export function cluster(name: string, more: JsonObject = {}): JsonObject {
  return {
    name,
    type: 'STRICT_DNS',
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint: address(`${name}.internal`) }] }] },
    ...more,
  }
}

export interface TestBootstrap {
  readonly listeners?: readonly JsonObject[]
  readonly clusters?: readonly JsonObject[]
  readonly bootstrap?: JsonObject
}

function yamlOf({ listeners = [listener()], clusters = [cluster('app')], bootstrap = {} }: TestBootstrap): string {
  return stringify({ ...bootstrap, static_resources: { listeners, clusters } })
}

/** As if it stood in `envoy.yaml`; messages name that. */
export async function readYaml(text: string, read: typeof readEnvoyYaml = readEnvoyYaml): Promise<ForeignConfig> {
  const folder = mkdtempSync(join(tmpdir(), 'shaketable-test-foreign-'))
  const file = join(folder, 'envoy.yaml')
  try {
    writeFileSync(file, text)
    return await read(file, 'node')
  } catch (error) {
    throw error instanceof Error ? Object.assign(error, { message: error.message.replaceAll(`${folder}/`, '') }) : error
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export const readDump = (value: Json): Promise<ForeignConfig> =>
  readYaml(JSON.stringify(value, undefined, 1), readConfigDump)

export const config = (parts: TestBootstrap = {}): Promise<ForeignConfig> => readYaml(yamlOf(parts))

/** Ports from 1000 on for its listeners, as they are after splitting, and `hosts` hosts for each of its clusters. */
export function planOf(foreign: ForeignConfig, more: Partial<ForeignPlan> = {}, hosts = 1): ForeignPlan {
  const names = foreign.listeners.flatMap((one) => httpChains(one).http.map(({ name }) => name))
  const endpoints = foreign.clusters.map(({ name }, index) => [
    name,
    Array.from({ length: hosts }, (_, host) => ({ address: `127.0.0.${host + 2}`, port: 2000 + index })),
  ])
  return {
    endpoints: Object.fromEntries(endpoints),
    ports: Object.fromEntries(names.map((name, index) => [name, 1000 + index])),
    stubs: {},
    logsOf: () => ({ access: ['our access log'], upstream: ['our upstream log'] }),
    relayed: [],
    ...more,
  }
}

export async function rewritten(
  parts: TestBootstrap,
  more: Partial<ForeignPlan> = {},
  hosts = 1,
): Promise<ForeignForRun> {
  const foreign = await config(parts)
  return rewriteForeign(foreign, planOf(foreign, more, hosts))
}

/** The only connection manager of a listener. */
export function managerOf(resource: Resource | undefined): JsonObject {
  const [entry] = resource === undefined ? [] : httpChains(resource).http
  if (entry === undefined) throw new Error('no listener that speaks HTTP')
  return entry.manager
}

export const virtualHostsOf = (resource: Resource | undefined): readonly JsonObject[] =>
  objectsAt(managerOf(resource), 'route_config', 'virtual_hosts')
