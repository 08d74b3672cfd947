// Throttle: a call is answered with the service's own throttling error, which SDKs retry; an invocation of a function is
// refused as when its concurrency is used up.

import { z } from 'zod'
import type { FaultKind } from '../core/fault.ts'
import { type Hits, hitSettings, hits, onWhat } from './pipeline-hits.ts'

export const throttle: FaultKind<Hits> = {
  name: 'throttle',
  about: "Refuses calls or invocations with the service's own throttling error.",
  schema: z.strictObject(hitSettings),
  isolated: false,
  describe: (config) => `throttled ${onWhat(config, 'calls')}`,
  planCall: (config, call, rolls) => (hits(config, call, rolls) ? { throttle: true } : undefined),
  planInvocation: (config, invocation, rolls) => (hits(config, invocation, rolls) ? { throttle: true } : undefined),
}
