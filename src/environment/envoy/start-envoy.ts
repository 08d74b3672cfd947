// Starts one Envoy with a config of ours. It is ready only when its admin says LIVE; what it says on stdout are access log
// lines, what it says on stderr is its own log.

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startProcess } from '../process/started-process.ts'
import { waitUntil } from '../process/wait-until.ts'
import type { Watchdog } from '../process/watchdog.ts'
import type { ProcessLife } from '../process-life.ts'
import { type EnvoyAdmin, envoyAdmin } from './admin.ts'
import { type EnvoyLogEntry, readEnvoyLogLine } from './envoy-log.ts'
import { lineSplitter } from './line-splitter.ts'

export interface EnvoyOptions {
  /** `egress` or `fault`, with the environment's own suffix. */
  readonly name: string
  readonly binary: string
  readonly folder: string
  readonly config: unknown
  readonly adminPort: number
  readonly watchdog: Watchdog
  readonly life: ProcessLife
  readonly onAccessLogLine: (line: string) => void
  readonly onLog: (entry: EnvoyLogEntry) => void
}

export interface StartedEnvoy {
  readonly name: string
  readonly admin: EnvoyAdmin
  /** Resolves when /ready says LIVE and `alsoReady` agrees. @throws EnvironmentError, or the signal's reason */
  whenReady(signal: AbortSignal, alsoReady?: () => Promise<true | string>): Promise<void>
  /** Resolves when it is gone and all that it logged was read. */
  stop(): Promise<void>
}

const readyTimeoutMs = 10_000

export async function startEnvoy(options: EnvoyOptions): Promise<StartedEnvoy> {
  const { name, onAccessLogLine, onLog } = options
  const configFile = join(options.folder, `${name}.json`)
  await writeFile(configFile, JSON.stringify(options.config))
  let stopping = false
  const started = startProcess({
    name,
    command: options.binary,
    args: envoyArguments(configFile),
    watchdog: options.watchdog,
    cwd: options.folder,
    onStdout: lineSplitter(onAccessLogLine, (bytesMax) =>
      onLog({ level: 'error', text: `an access log line of more than ${bytesMax} bytes was left out` }),
    ),
    onStderrLine: (line) => {
      const entry = readEnvoyLogLine(line)
      // What it grumbles while we stop it ("caught ENVOY_SIGTERM", a control plane that has gone) is no surprise.
      if (!stopping || entry.level !== 'warning') onLog(entry)
    },
  })
  options.life.watch(started, () => stopping)
  const admin = envoyAdmin(name, options.adminPort)
  return {
    name,
    admin,
    async whenReady(signal, alsoReady) {
      // A stranger on the admin's port may let us wait; the last look must not outlive the wait.
      const looking = new AbortController()
      const ready = async () => {
        const answer = await admin.ready(looking.signal)
        return answer === true && alsoReady !== undefined ? alsoReady() : answer
      }
      try {
        await waitUntil(`envoy "${name}"`, ready, {
          timeoutMs: readyTimeoutMs,
          intervalMs: 10,
          process: started,
          signal,
        })
      } finally {
        looking.abort()
      }
    },
    stop() {
      stopping = true
      return started.stop()
    },
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
    '--log-format-escaped',
    '--disable-hot-restart',
  ]
}
