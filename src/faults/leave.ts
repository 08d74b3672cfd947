// Leave: a host takes leave of discovery in good order, as in a deployment; the end of the window registers it again. It
// goes on serving what it is sent, so nothing may be lost.

import type { FaultKind } from '../core/fault.ts'
import { type NoSettings, noSettings } from '../core/no-settings.ts'

export const leave: FaultKind<NoSettings> = {
  name: 'leave',
  about: 'Takes a host out of discovery in good order; the end of the window registers it again.',
  schema: noSettings,
  isolated: false,
  describe: () => 'leaves discovery',
  inject: ({ target, host }, _config, surface) => surface.leave(target, host),
}
