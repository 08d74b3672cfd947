// Leave: a host takes leave of discovery in good order, as in a deployment; the end of the window registers it again. It
// goes on serving what it is sent, so nothing may be lost.

import { z } from 'zod'
import type { FaultKind } from '../core/fault.ts'

type Nothing = Record<string, never>

export const leave: FaultKind<Nothing> = {
  name: 'leave',
  about: 'Takes a host out of discovery in good order; the end of the window registers it again.',
  schema: z.strictObject({}) as unknown as z.ZodType<Nothing>,
  isolated: false,
  describe: () => 'leaves discovery',
  inject: ({ target, host }, _config, surface) => surface.leave(target, host),
}
