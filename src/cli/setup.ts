// `shaketable setup`: provisions the pinned tools, so that a later run needs no network. Each is told as soon as it is ready.

import { Command } from 'commander'
import { ensureEnvoy } from '../environment/tools/envoy-tool.ts'
import { ensureLocalstack } from '../environment/tools/localstack-tool.ts'
import type { SetExitCode } from './exit-code.ts'
import { guarded } from './guarded.ts'

export function setupCommand(_setExitCode: SetExitCode): Command {
  return new Command('setup')
    .description('provisions the pinned Envoy and LocalStack into a cache of yours (run does it by itself)')
    .option('--envoy <version>', 'another version of Envoy')
    .action(async ({ envoy: version }: { envoy?: string }) => {
      const progress = (line: string) => void process.stderr.write(`${line}\n`)
      const ready = (text: string) => void process.stdout.write(`${text}\n`)
      await guarded(async ({ signal, watchdog }) => {
        const options = { progress, thorough: true, guard: { signal, marker: watchdog.marker } }
        const envoy = await ensureEnvoy({ ...options, ...(version === undefined ? {} : { version }) })
        ready(`Envoy ${envoy.version} is ready: ${envoy.path}`)
        const localstack = await ensureLocalstack(options)
        ready(`LocalStack ${localstack.version} is ready: ${localstack.folder}`)
      })
    })
}
