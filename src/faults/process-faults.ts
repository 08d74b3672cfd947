// Process faults: kill (SIGKILL, started again at the end of the window), freeze (SIGSTOP, SIGCONT) and restart (in good
// order, once). The target is a cluster, whose hosts then run in processes of their own, or `control-plane`; of a
// freeze in a pipeline it is the `emulator`.

import type { FaultKind, FaultSurface, Heal } from '../core/fault.ts'
import { type NoSettings, noSettings } from '../core/no-settings.ts'

function processFault(
  name: string,
  about: string,
  act: (surface: FaultSurface, target: string, host?: number) => Promise<Heal>,
): FaultKind<NoSettings> {
  return {
    name,
    about,
    schema: noSettings,
    isolated: true,
    describe: () => about,
    inject: ({ target, host }, _config, surface) => act(surface, target, host),
  }
}

export const kill = processFault(
  'kill',
  'Kills the process; the end of the window starts it again.',
  (surface, target, host) => surface.kill(target, host),
)

export const freeze: FaultKind<NoSettings> = {
  ...processFault('freeze', 'Stops the process where it stands, and lets it go on.', (surface, target, host) =>
    surface.freeze(target, host),
  ),
  injectPipeline: (_fault, _config, surface) => surface.freezeEmulator(),
}

export const restart = processFault(
  'restart',
  'Ends the process in good order and starts it again.',
  (surface, target, host) => surface.restart(target, host),
)
