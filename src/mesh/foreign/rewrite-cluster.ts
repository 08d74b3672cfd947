// A cluster of the user's whose hosts are ours: plain text on loopback, no DNS, no discovery. Its limits, ejection, balancing
// and protocol options stay.

import type { Json, Resource } from '../xds.ts'
import { isObject, textAt, typeOf, wordOf } from './json-tree.ts'
import type { ForeignPlan } from './rewrite-foreign.ts'
import { rewriteHealthChecks } from './rewrite-health-checks.ts'
import { ourEndpoints } from './rewrite-hosts.ts'
import { rewriteProtocol } from './rewrite-protocol.ts'

const removedKeys: Readonly<Record<string, string>> = {
  transport_socket_matches: 'our hosts speak plain text',
  upstream_bind_config: 'bound to loopback by itself',
  alt_stat_name: 'counters bear its name',
  lrs_server: 'nobody is told of the load',
  lrs_report_endpoint_metrics: 'nobody is told of the load',
  respect_dns_ttl: 'no DNS here',
  use_tcp_for_dns_lookups: 'no DNS here',
  typed_dns_resolver_config: 'no DNS here',
  cluster_type: 'STATIC',
  hosts: 'ours instead',
}

export function rewriteCluster(
  cluster: Resource,
  discovered: readonly Resource[],
  plan: ForeignPlan,
  note: (line: string) => void,
): Resource {
  const { name } = cluster
  const say = (what: string) => note(`cluster ${name}: ${what}`)
  const isRelayed = plan.relayed.includes(name)
  const changed: Record<string, Json> = { ...cluster }
  for (const key of Object.keys(cluster)) {
    const why = key.startsWith('dns_') ? 'no DNS here' : removedKeys[key]
    if (why === undefined) continue
    delete changed[key]
    if (key !== 'cluster_type') say(`${key} removed (${why})`)
  }
  replaceHosts(changed, cluster, discovered, plan, say)
  removeTls(changed, say)
  return {
    ...changed,
    ...rewriteHealthChecks(cluster, isRelayed, say),
    ...rewriteProtocol(changed, isRelayed, say),
    '@type': cluster['@type'],
    name,
  }
}

function replaceHosts(
  changed: Record<string, Json>,
  cluster: Resource,
  discovered: readonly Resource[],
  { endpoints, discovery }: ForeignPlan,
  say: (what: string) => void,
): void {
  const type = textAt(cluster, 'cluster_type', 'name') || wordOf(cluster.type) || 'STATIC'
  if (type === 'EDS' && discovery !== undefined) {
    changed.eds_cluster_config = { service_name: cluster.name, eds_config: discovery }
    say('hosts are discovered from our control plane, where ours are registered')
    return
  }
  const hosts = Object.hasOwn(endpoints, cluster.name) ? (endpoints[cluster.name] ?? []) : []
  if (hosts.length === 0) throw new Error(`no hosts were planned for cluster ${cluster.name}`)
  delete changed.eds_cluster_config
  changed.type = 'STATIC'
  changed.load_assignment = ourEndpoints(cluster, discovered, hosts, say)
  const ours = hosts.map(({ address, port }) => `${address}:${port}`).join(', ')
  say(type === 'STATIC' ? `hosts are ours: ${ours}` : `type ${type} -> STATIC (hosts are ours: ${ours})`)
}

function removeTls(changed: Record<string, Json>, say: (what: string) => void): void {
  const socket = changed.transport_socket
  if (!isObject(socket) || typeOf(socket.typed_config).endsWith('.RawBuffer')) return
  delete changed.transport_socket
  say(`transport socket ${textAt(socket, 'name')} removed (our hosts speak plain text)`)
}
