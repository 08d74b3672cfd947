// The changes that let a compiled config run on loopback, and nothing else: names get a prefix, hosts become ours,
// upstream TLS and DNS settings go, attempts are counted in a header. Each change is also a line for a person to read;
// all lines together are the run's `config.patch`.

import { InputError } from '../core/errors.ts'
import { oneRequestPerConnection } from './one-request-per-connection.ts'
import type { Json, JsonObject, Resource, XdsResources } from './xds.ts'

export interface RunPlan {
  /** Put before every cluster name and the route config's name; empty: nothing is renamed. */
  readonly prefix: string
  /** Cluster name (without prefix) to our hosts. Clusters with discovered hosts (EDS) need none here. */
  readonly endpoints: Readonly<Record<string, readonly RunEndpoint[]>>
  /** Clusters that are to meet TCP faults: one request a connection. Default: none. */
  readonly relayed?: readonly string[]
}

export interface RunEndpoint {
  readonly address: string
  readonly port: number
}

export interface Rewritten {
  readonly resources: XdsResources
  readonly changes: readonly string[]
}

/** @throws InputError when a cluster that needs hosts has none in the plan */
export function rewriteForRun(resources: XdsResources, plan: RunPlan): Rewritten {
  const changes: string[] = []
  return {
    resources: {
      clusters: resources.clusters.map((cluster) => rewriteCluster(cluster, plan, changes)),
      routes: resources.routes.map((routes) => rewriteRoutes(routes, plan.prefix, changes)),
    },
    changes,
  }
}

function rewriteCluster(cluster: Resource, plan: RunPlan, changes: string[]): Resource {
  const { name } = cluster
  const note = (what: string) => changes.push(`${name}: ${what}`)
  const changed: Record<string, Json> = { ...cluster }
  if (plan.prefix !== '') {
    changed.name = plan.prefix + name
    note(`name -> ${changed.name}`)
  }
  if (cluster.type === 'EDS') renameEdsService(changed, plan.prefix, note)
  else replaceHosts(changed, cluster, plan, note)
  if (isTls(cluster.transport_socket)) {
    delete changed.transport_socket
    note('upstream TLS removed (our hosts speak plain text)')
  }
  if (plan.relayed?.includes(name)) {
    const single = oneRequestPerConnection(cluster)
    Object.assign(changed, single.changed)
    note(single.note)
  }
  return { ...changed, '@type': cluster['@type'], name: plan.prefix + name }
}

function renameEdsService(changed: Record<string, Json>, prefix: string, note: (what: string) => void): void {
  const config = changed.eds_cluster_config
  if (prefix === '' || !isObject(config) || typeof config.service_name !== 'string') return
  changed.eds_cluster_config = { ...config, service_name: prefix + config.service_name }
  note(`EDS service_name ${config.service_name} -> ${prefix}${config.service_name}`)
}

function replaceHosts(
  changed: Record<string, Json>,
  cluster: Resource,
  plan: RunPlan,
  note: (what: string) => void,
): void {
  const { name } = cluster
  const hosts = Object.hasOwn(plan.endpoints, name) ? (plan.endpoints[name] ?? []) : []
  if (hosts.length === 0)
    throw new InputError(`cluster ${name}: expected hosts of ours for this run, found none planned`)
  const hostname = hostnameOf(cluster)
  changed.type = 'STATIC'
  changed.load_assignment = {
    ...(isObject(cluster.load_assignment) && cluster.load_assignment),
    cluster_name: plan.prefix + name,
    endpoints: [
      {
        lb_endpoints: hosts.map(({ address, port }) => ({
          endpoint: {
            address: { socket_address: { address, port_value: port } },
            // What auto_host_rewrite sends: the name it would have sent to the host that we stand in for.
            ...(hostname !== undefined && { hostname }),
          },
        })),
      },
    ],
  }
  const ours = hosts.map(({ address, port }) => `${address}:${port}`).join(', ')
  note(`type ${String(cluster.type ?? 'STATIC')} -> STATIC (hosts are ours: ${ours})`)
  if (hostname !== undefined)
    note(`hostname of our hosts is ${hostname}, so auto_host_rewrite sends what it would have sent`)
  for (const key of Object.keys(cluster)) {
    if (!key.startsWith('dns_')) continue
    delete changed[key]
    note(`${key} removed`)
  }
}

/** The name of the first host, which is the load balancer's. */
function hostnameOf(cluster: Resource): string | undefined {
  const endpoint = at(cluster, 'load_assignment', 'endpoints', 0, 'lb_endpoints', 0, 'endpoint')
  const own = at(endpoint, 'hostname')
  const address = at(endpoint, 'address', 'socket_address', 'address')
  if (typeof own === 'string' && own !== '') return own
  return typeof address === 'string' ? address : undefined
}

function isTls(socket: Json | undefined): boolean {
  const type = at(socket, 'typed_config', '@type')
  return typeof type === 'string' && type.endsWith('.UpstreamTlsContext')
}

function rewriteRoutes(routes: Resource, prefix: string, changes: string[]): Resource {
  const hosts = Array.isArray(routes.virtual_hosts) ? routes.virtual_hosts : []
  const changed: Record<string, Json> = { ...routes }
  if (prefix !== '') changes.push(`${routes.name}: route configuration name -> ${prefix}${routes.name}`)
  if (Array.isArray(routes.virtual_hosts))
    changed.virtual_hosts = hosts.map((host) => (isObject(host) ? rewriteVirtualHost(host, prefix, changes) : host))
  return { ...changed, '@type': routes['@type'], name: prefix + routes.name }
}

function rewriteVirtualHost(host: JsonObject, prefix: string, changes: string[]): JsonObject {
  const note = (what: string) => changes.push(`virtual host ${String(host.name)}: ${what}`)
  const renamed = new Map<string, number>()
  const changed: Record<string, Json> = { ...host }
  if (prefix !== '' && Array.isArray(host.routes))
    changed.routes = host.routes.map((route) => {
      const cluster = at(route, 'route', 'cluster')
      if (!isObject(route) || !isObject(route.route) || typeof cluster !== 'string') return route
      renamed.set(cluster, (renamed.get(cluster) ?? 0) + 1)
      return { ...route, route: { ...route.route, cluster: prefix + cluster, ...renamedMirrors(route.route, prefix) } }
    })
  for (const [cluster, count] of renamed)
    note(`cluster ${cluster} -> ${prefix}${cluster} in ${count} ${count === 1 ? 'route' : 'routes'}`)
  if (host.include_request_attempt_count !== true) {
    changed.include_request_attempt_count = true
    note('include_request_attempt_count -> true (attempts are counted in a header)')
  }
  return changed
}

/** A shadow goes to a cluster as well, and would go nowhere under the old name. */
function renamedMirrors(action: JsonObject, prefix: string): JsonObject {
  const { request_mirror_policies: mirrors } = action
  if (!Array.isArray(mirrors)) return {}
  return {
    request_mirror_policies: mirrors.map((mirror: Json) =>
      isObject(mirror) && typeof mirror.cluster === 'string' ? { ...mirror, cluster: prefix + mirror.cluster } : mirror,
    ),
  }
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function at(value: Json | undefined, ...path: readonly (string | number)[]): Json | undefined {
  let here: Json | undefined = value
  for (const step of path) {
    if (Array.isArray(here)) here = here[Number(step)]
    else if (isObject(here)) here = here[step]
    else return undefined
  }
  return here
}
