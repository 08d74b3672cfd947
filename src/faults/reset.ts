// Reset: a connection breaks. In a pipeline that of a call, before the service saw it, or after it was carried out: the lost
// response, after which only the service knows that it succeeded. In a mesh that of an attempt, at a moment of its answer.

import { z } from 'zod'
import type { FaultKind } from '../core/fault.ts'
import { hitSettings, hits, onWhat } from './pipeline-hits.ts'
import { onConnections, onShare } from './tcp-faults.ts'

const schema = z.strictObject({
  when: z.enum(['before', 'after']).optional().describe('In a pipeline: before the call is carried out, or after'),
  at: z
    .enum(['accept', 'request', 'before-head', 'in-head', 'after-head'])
    .optional()
    .describe('In a mesh: at which moment of an attempt. Default: request, when its first bytes have come'),
  ...hitSettings,
})

type Reset = z.output<typeof schema>

export const reset: FaultKind<Reset> = {
  name: 'reset',
  about:
    "Resets connections: a call's before it reaches the service or after it was carried out, an attempt's at a moment of its answer.",
  schema,
  isolated: false,
  needsRelay: true,
  onlyIn: { mesh: ['at'], pipeline: ['when', 'first'] },
  describe: (config) => {
    if (config.at !== undefined) return `connection reset at ${config.at} ${onConnections(config)}`
    if (config.when === 'after') return `response lost ${onWhat(config, 'calls')}`
    return `connection reset ${onWhat(config, config.when === undefined ? 'connections' : 'calls')}`
  },
  planCall: (config, call, rolls) => (hits(config, call, rolls) ? { reset: config.when ?? 'before' } : undefined),
  inject: (fault, config, surface) => onShare(surface, fault, { kind: 'reset', at: config.at ?? 'request' }, config),
}
