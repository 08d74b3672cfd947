// Our side of the watchdog: starts it, tells it which process groups are ours, and closes it in good order. The guarding
// itself is in watchdog-child.mjs, which goes on when this process does not.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { EnvironmentError } from '../../core/errors.ts'
import { processIdentity } from './process-identity.ts'
import type { RunFolder } from './run-folder.ts'

export interface Watchdog {
  readonly pid: number
  readonly runFolder: RunFolder
  /** `{ SHAKETABLE_RUN: id }`: goes into the environment of every process of the run, so that none can be missed. */
  readonly marker: Readonly<Record<string, string>>
  /** Resolves when it listens. Its guard holds from its start on; wait for this only before calling the run ready. */
  readonly ready: Promise<void>
  /** Guards the process group led by `pid`. Written to the pipe before this returns. */
  register(pid: number): void
  unregister(pid: number): void
  /** False once `close` was called, or when somebody killed it: what is started then would not be guarded. */
  alive(): boolean
  /** Removes the run folder and ends the watchdog. Call it after all processes have been stopped. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

const readyTimeoutMs = 10_000
const closeTimeoutMs = 2_000

/** Starts the watchdog and then creates the run folder, in this order, both before it returns its promise. */
export async function startWatchdog(runFolder: RunFolder): Promise<Watchdog> {
  const program = watchdogProgram()
  const child = spawn(process.execPath, [program, runFolder.id, runFolder.path], {
    // A session of its own: a terminal's Ctrl-C or hang-up hits the harness's whole foreground group.
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
    cwd: '/',
    env: { PATH: process.env.PATH ?? '' },
  })
  const { pid, stdin, stdout } = child
  const ready = new Promise<void>((resolve, reject) => {
    const fail = (why: string) => reject(new EnvironmentError(`watchdog did not start: ${why}\n  (${program})`))
    const timer = setTimeout(() => fail(`no sign of life after ${readyTimeoutMs} ms`), readyTimeoutMs)
    timer.unref()
    child.once('error', (error) => fail(error.message))
    child.once('exit', (code, signal) => fail(`it ended with ${signal ?? `code ${code}`}`))
    stdout.once('data', () => {
      clearTimeout(timer)
      resolve()
    })
  })
  ready.catch(() => undefined) // who awaits it sees the error; nobody else is to crash from it
  if (pid === undefined) {
    await ready
    throw new EnvironmentError('watchdog did not start')
  }
  stdin.on('error', () => undefined)
  try {
    runFolder.create()
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  }
  // None of this may keep our event loop alive.
  child.unref()
  for (const stream of [stdin, stdout]) (stream as unknown as { unref(): void }).unref()

  const tell = (line: string): void => {
    if (stdin.writable) stdin.write(`${line}\n`)
  }
  const running = () => child.exitCode === null && child.signalCode === null
  let closing: Promise<void> | undefined
  const close = async (): Promise<void> => {
    if (running()) {
      const timer = setTimeout(() => child.kill('SIGKILL'), closeTimeoutMs)
      child.ref()
      const exited = once(child, 'exit')
      tell('bye')
      stdin.end()
      await exited
      clearTimeout(timer)
    }
    await runFolder.remove()
  }
  const closeOnce = (): Promise<void> => {
    closing ??= close()
    return closing
  }
  return {
    pid,
    runFolder,
    marker: { SHAKETABLE_RUN: runFolder.id },
    ready,
    register: (group) => tell(`+${group} ${process.platform === 'linux' ? (processIdentity(group) ?? '') : ''}`),
    unregister: (group) => tell(`-${group}`),
    alive: () => running() && closing === undefined,
    close: closeOnce,
    [Symbol.asyncDispose]: closeOnce,
  }
}

/** Beside this file on the sources; beside the bundle in the published package. */
function watchdogProgram(): string {
  const program = fileURLToPath(new URL('./watchdog-child.mjs', import.meta.url))
  if (!existsSync(program)) throw new EnvironmentError(`incomplete installation: ${program} is missing`)
  return program
}
