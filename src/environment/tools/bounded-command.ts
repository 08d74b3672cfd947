// Runs a tool of the user's machine (python3, pip, an Envoy with --version) to its end, with a limit on time and output.
// It passes the user's own environment, because pip is configured there. Processes of a run go through
// ../process/started-process.ts instead.

import { spawn } from 'node:child_process'

export interface CommandOutcome {
  /** `null` when a signal ended it. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** Why it did not run to its end by itself. */
  readonly stopped?: 'not-found' | 'timeout' | 'output-limit' | 'interrupted'
}

export interface CommandLimits {
  readonly timeoutMs: number
  readonly outputBytesMax?: number
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string
  /** Its abort ends the command at once. */
  readonly signal?: AbortSignal | undefined
}

/** What ends a command when its owner is interrupted (`signal`) or killed (a watchdog that looks for `marker`). */
export interface CommandGuard {
  readonly signal: AbortSignal
  readonly marker: Readonly<Record<string, string>>
}

/** Never rejects: whatever went wrong is in the outcome. */
export function runBounded(command: string, args: readonly string[], limits: CommandLimits): Promise<CommandOutcome> {
  const outputBytesMax = limits.outputBytesMax ?? 1 << 20
  return new Promise((done) => {
    const output = { stdout: [] as Buffer[], stderr: [] as Buffer[] }
    let bytes = 0
    let stopped: CommandOutcome['stopped']
    // A group of its own, so that pip's children go with pip.
    const child = spawn(command, args, {
      detached: true,
      stdio: [limits.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...limits.env },
    })
    const stop = (why: NonNullable<CommandOutcome['stopped']>): void => {
      stopped ??= why
      if (child.pid === undefined) return
      try {
        process.kill(-child.pid, 'SIGKILL')
      } catch {
        // It has just ended by itself.
      }
    }
    const stopOnExit = (): void => stop('timeout')
    process.once('exit', stopOnExit)
    const interrupt = (): void => stop('interrupted')
    limits.signal?.addEventListener('abort', interrupt)
    if (limits.signal?.aborted) interrupt()
    const timer = setTimeout(() => stop('timeout'), limits.timeoutMs)
    const collect = (name: 'stdout' | 'stderr') => (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > outputBytesMax) return stop('output-limit')
      output[name].push(chunk)
    }
    const finish = (code: number | null, failure = ''): void => {
      clearTimeout(timer)
      process.off('exit', stopOnExit)
      limits.signal?.removeEventListener('abort', interrupt)
      const [stdout, stderr] = [output.stdout, output.stderr].map((chunks) => Buffer.concat(chunks).toString('utf8'))
      const texts = { stdout: stdout ?? '', stderr: `${stderr ?? ''}${failure}` }
      done(stopped === undefined ? { code, ...texts } : { code, ...texts, stopped })
    }
    child.stdout?.on('data', collect('stdout'))
    child.stderr?.on('data', collect('stderr'))
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (child.pid !== undefined) return
      if (error.code === 'ENOENT' || error.code === 'EACCES') stopped = 'not-found'
      finish(null, error.message)
    })
    child.once('close', (code) => finish(code))
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(limits.stdin)
  })
}

/** The last `count` lines that are not empty, indented for a message. */
export function lastLinesOf(text: string, count = 6): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return lines
    .slice(-count)
    .map((line) => `  ${line.trimEnd()}`)
    .join('\n')
}
