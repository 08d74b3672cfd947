// The clusters whose hosts can be ours. What chooses its hosts in a way of its own cannot, and is refused where something
// that runs needs it.

import type { Resource } from '../xds.ts'
import { objectAt, textAt, textsIn, typeOf, wordOf } from './json-tree.ts'
import type { Trimming } from './runnable.ts'

/** Other names for the types that have always been there. */
const plainTypes = new Set(['', 'STATIC', 'STRICT_DNS', 'LOGICAL_DNS', 'EDS', '0', '1', '2', '3'])
const plainExtensions = /^envoy\.clusters?\.(static|strict_dns|logical_dns|dns|eds)$/
const dnsClusterType = 'envoy.extensions.clusters.dns.v3.DnsCluster'

/** `running`: all that may name a cluster. */
export function runnableClusters(
  clusters: readonly Resource[],
  running: readonly Resource[],
  trimming: Trimming,
): readonly Resource[] {
  const named = new Set<string>()
  for (const resource of running) textsIn(resource, named)
  const kept: Resource[] = []
  const unused: string[] = []
  for (const [index, cluster] of clusters.entries()) {
    const why = whyNotOurs(cluster)
    if (why !== undefined && named.has(cluster.name)) {
      trimming.refused.add(
        `/clusters/${index}`,
        `cluster ${cluster.name}`,
        why,
        'give it a list of hosts (STRICT_DNS, STATIC, EDS)',
      )
    } else if (why !== undefined) {
      trimming.note(`cluster ${cluster.name}: not run (${why}; nothing that runs needs it)`)
    } else if (trimming.sort === 'configDump' && !named.has(cluster.name)) {
      unused.push(cluster.name)
    } else {
      trimming.moved.push({ to: `/clusters/${kept.length}`, from: `/clusters/${index}` })
      kept.push(cluster)
    }
  }
  if (unused.length > 0) trimming.note(`not run, because nothing that runs names them: ${listed(unused, 'cluster')}`)
  return kept
}

function whyNotOurs(cluster: Resource): string | undefined {
  const extension = objectAt(cluster, 'cluster_type')
  const name = textAt(extension, 'name')
  if (name !== '') {
    const isPlain = plainExtensions.test(name) || typeOf(extension.typed_config) === dnsClusterType
    return isPlain ? undefined : `its type ${name} chooses hosts in a way of its own`
  }
  const type = wordOf(cluster.type)
  return plainTypes.has(type) ? undefined : `its type ${type} chooses hosts in a way of its own`
}

const shownMax = 12

function listed(names: readonly string[], what: string): string {
  const more = names.length > shownMax ? `, ... (${names.length} in all)` : ''
  return `${what}${names.length === 1 ? '' : 's'} ${names.slice(0, shownMax).join(', ')}${more}`
}
