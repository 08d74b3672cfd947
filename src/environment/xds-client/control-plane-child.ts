// The user's own control plane as a child process: started under the watchdog in a scrubbed environment, ended with all that
// it started itself. Whether it serves is asked by connecting, on loopback and nowhere else.

import { connect } from 'node:net'
import { EnvironmentError } from '../../core/errors.ts'
import type { ControlPlaneRecord } from '../../core/scenario-record.ts'
import { lineSplitter } from '../envoy/line-splitter.ts'
import { releasePorts, reservePorts } from '../process/ports.ts'
import { type StartedProcess, startProcess } from '../process/started-process.ts'
import { waitUntil } from '../process/wait-until.ts'
import type { Watchdog } from '../process/watchdog.ts'

export interface ControlPlaneChild {
  readonly port: number
  readonly started: StartedProcess
  /** The last lines of what it wrote, to stdout and stderr. */
  lastLines(): readonly string[]
  stop(): Promise<void>
}

export interface ControlPlaneChildOptions {
  readonly record: ControlPlaneRecord
  readonly watchdog: Watchdog
  readonly signal: AbortSignal
  /** How long it may take to listen: a program may be compiled first. */
  readonly listensWithinMs: number
}

const keptLinesMax = 20
const loopback = '127.0.0.1'

/** @throws EnvironmentError with its last words when it does not listen in time */
export async function startControlPlaneChild(options: ControlPlaneChildOptions): Promise<ControlPlaneChild> {
  const { record, watchdog } = options
  const [reserved] = record.port === undefined ? await reservePorts(1, loopback) : []
  const port = record.port ?? reserved ?? 0
  if (record.port !== undefined && (await listens(port))) {
    throw new EnvironmentError(
      `control plane: expected nobody on ${loopback}:${port} before it is started, found a server\n` +
        '  hint: end it, or use {port} in an argument of the command',
    )
  }
  const name = controlPlaneName(record)
  const kept: string[] = []
  const keep = (line: string) => {
    kept.push(line)
    if (kept.length > keptLinesMax) kept.shift()
  }
  const [command = '', ...args] = record.command.map((word) => word.replaceAll('{port}', String(port)))
  let started: StartedProcess
  try {
    started = startProcess({
      name,
      command,
      args,
      watchdog,
      cwd: record.cwd,
      env: record.env,
      onStdout: lineSplitter(keep),
      onStderrLine: keep,
    })
  } catch (error) {
    if (reserved !== undefined) releasePorts([reserved])
    throw error
  }
  const lastLines = () => [...kept]
  const stop = () => started.stop().finally(() => reserved !== undefined && releasePorts([reserved]))
  try {
    await waitUntil(name, async () => (await listens(port)) || `nothing listens on ${loopback}:${port}`, {
      timeoutMs: options.listensWithinMs,
      intervalMs: 20,
      process: { ...started, lastLines },
      signal: options.signal,
      hint: () => 'its command must listen where {port} or `port` says, and stay in the foreground',
    })
    return { port, started, lastLines, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

export function controlPlaneName({ command }: ControlPlaneRecord): string {
  const text = command.join(' ')
  return `control plane "${text.length > 80 ? `${text.slice(0, 80)}...` : text}"`
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: loopback, port })
    const done = (is: boolean) => {
      socket.destroy()
      resolve(is)
    }
    socket.setTimeout(1_000, () => done(false))
    socket.once('connect', () => done(true))
    socket.once('error', () => done(false))
  })
}
