// `shaketable setup`: provisions the pinned tools, so that a later run needs no network.

import { Command } from 'commander'
import { ensureEnvoy } from '../environment/tools/envoy-tool.ts'
import type { SetExitCode } from './exit-code.ts'
import { guarded } from './guarded.ts'

export function setupCommand(_setExitCode: SetExitCode): Command {
  return new Command('setup')
    .description('provisions the pinned Envoy into a cache of yours (run does it by itself)')
    .option('--envoy <version>', 'another version of Envoy')
    .action(async ({ envoy }: { envoy?: string }) => {
      const progress = (line: string) => void process.stderr.write(`${line}\n`)
      const tool = await guarded(({ signal, watchdog }) =>
        ensureEnvoy({
          progress,
          thorough: true,
          guard: { signal, marker: watchdog.marker },
          ...(envoy === undefined ? {} : { version: envoy }),
        }),
      )
      process.stdout.write(`Envoy ${tool.version} is ready: ${tool.path}\n`)
    })
}
