// For the power test: a limit of entries a call, which on AWS is 500, small enough to be met by a handful of objects. A call
// within the limit is a moment late, so that the history shows that the limit was there.

import { z } from 'zod'
import type { FaultKind } from '../../core/fault.ts'

interface CallLimit {
  readonly entriesMax: number
}

export const callLimit: FaultKind<CallLimit> = {
  name: 'call-limit',
  about: 'Refuses calls of more entries than this as invalid.',
  schema: z.strictObject({ entriesMax: z.number() }),
  isolated: false,
  describe: ({ entriesMax }) => `at most ${entriesMax} entries a call`,
  planCall: ({ entriesMax }, { entries }) => (entries > entriesMax ? { status: 400 } : { delayMs: 1 }),
}
