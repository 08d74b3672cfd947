// Reset: the connection of a call breaks, before the service saw it, or after it was carried out: the lost response, after
// which only the service knows that it succeeded.

import { z } from 'zod'
import type { FaultKind } from '../core/fault.ts'
import { hitSettings, hits, onWhat } from './pipeline-hits.ts'

const schema = z.strictObject({ when: z.enum(['before', 'after']).default('before'), ...hitSettings })

type Reset = z.output<typeof schema>

export const reset: FaultKind<Reset> = {
  name: 'reset',
  about: 'Resets the connection before a call reaches the service, or after it was carried out (a lost response).',
  schema,
  isolated: false,
  describe: (config) => `${config.when === 'before' ? 'connection reset' : 'response lost'} ${onWhat(config, 'calls')}`,
  planCall: (config, call, rolls) => (hits(config, call, rolls) ? { reset: config.when } : undefined),
}
