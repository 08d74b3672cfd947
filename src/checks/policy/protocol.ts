// Rule `protocol`: attempts speak the protocol that the cluster declares, as both sides of the wire saw it.

import { configLine, nameOf, type RequestRule } from './rule.ts'

export const protocol: RequestRule = {
  name: 'protocol',
  about: 'an attempt speaks another protocol than the cluster declares',
  judge(request, { cluster }) {
    if (cluster?.protocol === undefined) return 'not-asked'
    const spoken = [...request.attempts, ...request.seen].filter((one) => one.protocol !== '')
    if (spoken.length === 0) return 'not-asked'
    const wrong = spoken.find((one) => one.protocol !== cluster.protocol)
    if (wrong === undefined) return 'kept'
    return {
      message: `${nameOf(request)} was sent to ${cluster.name} in another protocol`,
      expected: cluster.protocol,
      observed: `${wrong.protocol} on attempt ${wrong.attempt}`,
      ...configLine(cluster.lines, 'protocol', 'sds', 'cluster'),
    }
  },
}
