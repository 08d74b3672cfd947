// A child process of a run, from its start to its end: in a process group of its own, known to the watchdog, with a
// scrubbed environment (no AWS_*, no NODE_OPTIONS, no profiles) and the last lines of its log kept for error messages.
// Whether it is ready is not its business: see wait-until.ts.

import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { EnvironmentError } from '../../core/errors.ts'
import { readLines } from './log-lines.ts'
import type { Watchdog } from './watchdog.ts'

export interface ProcessOptions {
  /** For messages, for instance `envoy "egress"`. */
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly watchdog: Watchdog
  /** Added to PATH, HOME, LANG, TZ, TMPDIR and the run's marker; nothing else is passed on. */
  readonly env?: Readonly<Record<string, string>>
  /** Default: the run folder. */
  readonly cwd?: string
  /** Opens a channel for `send` and `onMessage`; the command must be a Node program. */
  readonly ipc?: boolean
  readonly onStdout?: (chunk: Buffer) => void
  readonly onStderrLine?: (line: string) => void
}

export interface ProcessEnd {
  readonly code: number | null
  readonly signal: string | null
}

export interface StartedProcess {
  readonly name: string
  readonly pid: number
  /** Resolves, never rejects, once it has ended and its output was read. */
  readonly exited: Promise<ProcessEnd>
  hasExited(): boolean
  /** SIGTERM, then SIGKILL to the whole group after `graceMs` (default 2000). Also ends a frozen process. */
  stop(graceMs?: number): Promise<void>
  /** To the process itself; false when it has ended. */
  signal(name: NodeJS.Signals): boolean
  /** The last 20 lines of stderr. */
  lastLines(): readonly string[]
  /** @throws EnvironmentError when the process has ended or has no channel */
  send(message: unknown): void
  /** Returns what removes the listener. */
  onMessage(listener: (message: unknown) => void): () => void
  [Symbol.asyncDispose](): Promise<void>
}

const keptLinesMax = 20
const stopGraceMs = 2_000
/** How long output may go on after the end, should something outside the group still hold the pipe. */
const outputGraceMs = 500

/** @throws EnvironmentError when the command cannot be run at all */
export function startProcess(options: ProcessOptions): StartedProcess {
  const { name, watchdog } = options
  if (!watchdog.alive())
    throw new EnvironmentError(`${name} was not started: the run is closing, or its watchdog was killed`)
  const child = spawn(options.command, options.args, {
    detached: true,
    cwd: options.cwd ?? watchdog.runFolder.path,
    env: scrubbedEnvironment(options),
    stdio: stdioOf(options),
  })
  const { pid } = child
  if (pid === undefined) {
    child.once('error', () => undefined)
    throw new EnvironmentError(
      `${name} could not be started: ${options.command}\n  hint: is it there, executable, and made for this machine?`,
    )
  }
  watchdog.register(pid)
  child.setMaxListeners(0) // orders wait for their answers side by side
  child.on('error', () => undefined) // a failed `kill` or `send`; the end is told by 'exit'

  const kept: string[] = []
  if (child.stderr !== null) {
    readLines(child.stderr, (line) => {
      kept.push(line)
      if (kept.length > keptLinesMax) kept.shift()
      options.onStderrLine?.(line)
    })
  }
  if (options.onStdout !== undefined) child.stdout?.on('data', options.onStdout)

  const exited = endOf(child, () => {
    killGroup(pid) // what it had started itself
    watchdog.unregister(pid)
  })
  const hasExited = () => child.exitCode !== null || child.signalCode !== null
  const stop = async (graceMs = stopGraceMs): Promise<void> => {
    if (!hasExited()) {
      child.kill('SIGTERM')
      child.kill('SIGCONT') // a frozen process gets its SIGTERM only when it goes on
      const timer = setTimeout(() => killGroup(pid), graceMs)
      await exited
      clearTimeout(timer)
    }
    await exited
  }
  return {
    name,
    pid,
    exited,
    hasExited,
    stop,
    signal: (signal) => !hasExited() && child.kill(signal),
    lastLines: () => [...kept],
    send: (message) => {
      if (!child.connected)
        throw new EnvironmentError(`${name} cannot be told anything: it has ended or has no channel`)
      child.send(message as Parameters<ChildProcess['send']>[0], () => undefined)
    },
    onMessage: (listener) => {
      child.on('message', listener)
      return () => void child.off('message', listener)
    },
    [Symbol.asyncDispose]: () => stop(),
  }
}

function scrubbedEnvironment({ watchdog, env }: ProcessOptions): Record<string, string> {
  const passed: Record<string, string> = {}
  for (const name of ['PATH', 'HOME', 'LANG', 'TZ']) {
    const value = process.env[name]
    if (value !== undefined) passed[name] = value
  }
  return { ...passed, TMPDIR: watchdog.runFolder.path, ...env, ...watchdog.marker }
}

function stdioOf({ onStdout, ipc }: ProcessOptions): StdioOptions {
  const streams = ['ignore', onStdout === undefined ? 'ignore' : 'pipe', 'pipe'] as const
  return ipc ? [...streams, 'ipc'] : [...streams]
}

function endOf(child: ChildProcess, onExit: () => void): Promise<ProcessEnd> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      onExit()
      const timer = setTimeout(() => {
        child.stdout?.destroy()
        child.stderr?.destroy()
      }, outputGraceMs)
      child.once('close', () => {
        clearTimeout(timer)
        resolve({ code, signal })
      })
    })
  })
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // The group is empty.
  }
}
