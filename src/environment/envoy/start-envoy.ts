// Starts one Envoy with a config of ours. It is ready only when its admin says LIVE; a config that it refuses becomes one
// error with Envoy's own words.

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { EnvironmentError } from '../../core/errors.ts'
import type { NewEvent } from '../../core/history.ts'
import { type StartedProcess, startProcess } from '../process/started-process.ts'
import { waitUntil } from '../process/wait-until.ts'
import type { Watchdog } from '../process/watchdog.ts'
import { lineSplitter } from './access-log.ts'
import { type EnvoyAdmin, envoyAdmin } from './admin.ts'

export interface EnvoyOptions {
  /** `egress` or `fault`, with the environment's own suffix. */
  readonly name: string
  readonly binary: string
  readonly folder: string
  readonly config: unknown
  readonly adminPort: number
  readonly watchdog: Watchdog
  readonly onAccessLogLine: (line: string) => void
  readonly onLog: (level: string, text: string) => void
}

export interface StartedEnvoy {
  readonly name: string
  readonly admin: EnvoyAdmin
  readonly process: StartedProcess
  /** Resolves when /ready says LIVE and `alsoReady` agrees. */
  whenReady(alsoReady?: () => Promise<true | string>): Promise<void>
}

const readyTimeoutMs = 10_000

export async function startEnvoy(options: EnvoyOptions): Promise<StartedEnvoy> {
  const { name } = options
  const configFile = join(options.folder, `${name}.json`)
  await writeFile(configFile, JSON.stringify(options.config))
  const started = startProcess({
    name,
    command: options.binary,
    args: envoyArguments(configFile),
    watchdog: options.watchdog,
    cwd: options.folder,
    onStdout: lineSplitter(options.onAccessLogLine),
    onStderrLine: (line) => {
      const [, level, text] = /^\[(\w+)\]\[\w+\] ?(.*)$/s.exec(line) ?? []
      options.onLog(level ?? 'unknown', text ?? line)
    },
  })
  const admin = envoyAdmin(name, options.adminPort)
  return {
    name,
    admin,
    process: started,
    whenReady: (alsoReady) =>
      waitUntil(
        `envoy "${name}"`,
        async () => {
          const ready = await admin.ready()
          return ready === true && alsoReady !== undefined ? alsoReady() : ready
        },
        { timeoutMs: readyTimeoutMs, intervalMs: 10, process: started },
      ),
  }
}

/** Exact breakers need one worker; hot restart needs shared memory that two runs at once would share. */
function envoyArguments(configFile: string): readonly string[] {
  return [
    ...['--config-path', configFile],
    ...['--concurrency', '1'],
    ...['--file-flush-interval-msec', '1'],
    ...['--log-level', 'warning'],
    ...['--log-format', '[%l][%n] %v'],
    ...['--drain-time-s', '1'],
    '--disable-hot-restart',
  ]
}

/** A process of ours said something that means it will never be ready. */
export function refusedConfig(name: string, reasons: readonly string[]): EnvironmentError {
  return new EnvironmentError(
    `envoy "${name}" rejected the config under test\n${reasons.map((reason) => `  ${reason}`).join('\n')}\n` +
      '  hint: `shaketable compile` shows the resources that were served',
  )
}

export type EmitEvent = (event: NewEvent) => void
