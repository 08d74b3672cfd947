// Crash: the process of a function is killed. With a function as its target before the event reaches it, or when its work is
// done and its result does not yet count; with a call as its target before or after that very call.

import { z } from 'zod'
import type { FaultKind } from '../core/fault.ts'
import { hitSettings, hits, onWhat } from './pipeline-hits.ts'

const schema = z.strictObject({ when: z.enum(['before', 'after']).default('before'), ...hitSettings })

type Crash = z.output<typeof schema>

export const crash: FaultKind<Crash> = {
  name: 'crash',
  about: "Kills a function's process before or after its work, or before or after a call of it.",
  schema,
  isolated: false,
  describe: (config) => `killed ${config.when} it ${onWhat(config, 'occasions')}`,
  planCall: (config, call, rolls) => (hits(config, call, rolls) ? { crash: config.when } : undefined),
  planInvocation: (config, invocation, rolls) => (hits(config, invocation, rolls) ? { crash: config.when } : undefined),
}
