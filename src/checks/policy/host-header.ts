// Rule `host-header`: the authority that the upstream side sees is the declared literal, else the host name of the chosen
// endpoint. Hosts from discovery bear no name, so there Envoy leaves what the client sent.

import type { DeclaredCluster } from '../../mesh/policy.ts'
import type { TakenRoute } from './routing.ts'
import { configLine, nameOf, type RequestRule } from './rule.ts'

export const hostHeader: RequestRule = {
  name: 'host-header',
  about: 'upstream sees another Host than the declared one',
  judge(request, { route, taken, cluster }) {
    const names = namesOf(taken, cluster)
    if (request.seen.length === 0 || names === undefined) return 'not-asked'
    const wrong = request.seen.find((one) => !names.includes(one.authority))
    if (wrong === undefined) return 'kept'
    const expected = names.join(' or ')
    return {
      message: `${nameOf(request)} reached upstream under another name`,
      expected: `Host: ${expected}`,
      observed: `Host: ${wrong.authority} on attempt ${wrong.attempt}`,
      ...configLine(route.lines, 'hostHeader', 'route'),
    }
  },
}

/** Nothing: not known here. */
function namesOf(
  { hostRewrite, host }: TakenRoute,
  cluster: DeclaredCluster | undefined,
): readonly string[] | undefined {
  if (hostRewrite.kind === 'unknown') return undefined
  if (hostRewrite.kind === 'literal') return [hostRewrite.value]
  if (hostRewrite.kind === 'sent') return [host]
  if (cluster?.hostnames !== undefined) return cluster.hostnames
  return [cluster?.discovery === 'dns' && cluster.lb !== undefined ? hostOf(cluster.lb) : host]
}

/** Envoy names a DNS endpoint by its host, without the port. */
function hostOf(lb: string): string {
  return lb.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
}
