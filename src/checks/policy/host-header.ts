// Rule `host-header`: the authority that the upstream side sees is the declared literal, else the host name of the chosen
// endpoint. Hosts from discovery bear no name, so there Envoy leaves what the client sent.

import { configLine, nameOf, type RequestRule } from './rule.ts'

export const hostHeader: RequestRule = {
  name: 'host-header',
  about: 'upstream sees another Host than the declared one',
  judge(request, { route, cluster }) {
    if (request.seen.length === 0) return 'not-asked'
    const expected =
      route.hostRewrite.kind === 'literal'
        ? route.hostRewrite.value
        : cluster?.discovery === 'dns' && cluster.lb !== undefined
          ? hostOf(cluster.lb)
          : request.sent.host
    const wrong = request.seen.find((one) => one.authority !== expected)
    if (wrong === undefined) return 'kept'
    return {
      message: `${nameOf(request)} reached upstream under another name`,
      expected: `Host: ${expected}`,
      observed: `Host: ${wrong.authority} on attempt ${wrong.attempt}`,
      ...configLine(route.lines, 'hostHeader', 'route'),
    }
  },
}

/** Envoy names a DNS endpoint by its host, without the port. */
function hostOf(lb: string): string {
  return lb.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
}
