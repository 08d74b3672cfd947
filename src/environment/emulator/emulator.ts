// Starts LocalStack in host mode as a process of the run, with our executor and mends in it. It is ready only when our plugin
// inside answers with the process id that we started: with its port taken LocalStack says "Ready." all the same.

import { cp, mkdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { monotonicMs } from '../../core/clock.ts'
import { EnvironmentError } from '../../core/errors.ts'
import { releasePorts, reservePorts } from '../process/ports.ts'
import { type StartedProcess, startProcess } from '../process/started-process.ts'
import { endedUnasked, waitUntil } from '../process/wait-until.ts'
import type { Watchdog } from '../process/watchdog.ts'
import type { ProcessLife } from '../process-life.ts'
import type { LocalstackTool } from '../tools/localstack-tool.ts'
import { emulatorEnvironment } from './emulator-environment.ts'
import { type EmulatorLogEntry, readEmulatorLogLine } from './emulator-log.ts'
import type { TraceListener } from './invocation-trace.ts'
import { startTraceServer, type TraceServer } from './trace-server.ts'

export type {
  FunctionLog,
  FunctionProcess,
  InvocationAsk,
  InvocationResult,
  TraceListener,
} from './invocation-trace.ts'

export interface EmulatorOptions {
  readonly tool: LocalstackTool
  readonly watchdog: Watchdog
  /** Of this emulator alone, inside the run's folder; gets all its files. */
  readonly folder: string
  /** Reserved by the caller where something must know it first; else taken here. */
  readonly port?: number
  /** AWS names: `s3`, `sns`, `kinesis`, ... */
  readonly services: readonly string[]
  /** What functions call: the fault hop. Absent: the emulator itself. Asked once, before the start. */
  readonly functionEndpoint?: () => string
  /** Default: all. */
  readonly mends?: 'all' | 'none' | readonly string[]
  /** Delays before the second and the third attempt of an asynchronous invocation; AWS: one and two minutes. */
  readonly asyncRetryMs?: readonly [number, number]
  /** How long a planned timeout takes at most, instead of the function's own. */
  readonly timeoutMsMax?: number
  /** Further settings of the mends (`SHAKETABLE_…`). */
  readonly settings?: Readonly<Record<string, string>>
  readonly life: ProcessLife
  readonly trace: TraceListener
  /** Warnings and worse of LocalStack itself. */
  readonly onLog?: (entry: EmulatorLogEntry) => void
  readonly signal?: AbortSignal
}

export interface Emulator {
  /** `http://127.0.0.1:PORT` */
  readonly endpoint: string
  readonly pid: number
  readonly readyMs: number
  /** Aborted when it ends although nobody stopped it; the reason is an EnvironmentError that says so. */
  readonly lost: AbortSignal
  /** SIGKILL for the function's process that works on this invocation. */
  kill(invocation16: string): void
  /** Stops the emulator, not the functions' processes: their calls hang. */
  freeze(): Promise<void>
  thaw(): Promise<void>
  /** Resolves when it and all functions' processes are gone. */
  stop(): Promise<void>
}

const readyTimeoutMs = 60_000
/** It has nothing to save, and would wait for every mapping and function to end by itself. */
const stopGraceMs = 100

/** @throws EnvironmentError with the last words of its log, or the signal's reason */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const startedMs = monotonicMs()
  const { folder, signal } = options
  signal?.throwIfAborted()
  await prepareFolder(folder, options.tool)
  const [taken] = options.port === undefined ? await reservePorts(1) : []
  const port = options.port ?? taken
  if (port === undefined) throw new EnvironmentError('no port for the emulator')
  await assertPortIsFree(port)
  const trace = await startTraceServer(join(folder, 'trace.sock'), options.trace)
  let stopping = false
  const settings = {
    ...{ folder, port, services: options.services, traceSocket: trace.path, mends: options.mends ?? 'all' },
    functionEndpoint: options.functionEndpoint?.() ?? `http://127.0.0.1:${port}`,
    asyncRetryMs: options.asyncRetryMs,
    timeoutMsMax: options.timeoutMsMax,
  }
  const hear = (line: string): void => {
    const entry = stopping ? undefined : readEmulatorLogLine(line)
    if (entry !== undefined) options.onLog?.(entry)
  }
  const closeRest = async (): Promise<void> => {
    await trace.close()
    if (taken !== undefined) releasePorts([taken])
  }
  let started: StartedProcess
  try {
    started = startProcess({
      name: 'localstack',
      command: options.tool.python,
      args: ['-m', 'localstack.runtime.main'],
      watchdog: options.watchdog,
      cwd: folder,
      env: { ...emulatorEnvironment(settings), ...options.settings },
      onStdout: () => undefined,
      onStderrLine: hear,
    })
  } catch (error) {
    await closeRest()
    throw error
  }
  options.life.watch(started, () => stopping)
  const losing = new AbortController()
  void started.exited.then((end) => {
    if (stopping) return
    const lines = started.lastLines().filter((line) => readEmulatorLogLine(line) !== undefined)
    losing.abort(endedUnasked('localstack', end, monotonicMs() - startedMs, lines))
  })
  const stop = async (): Promise<void> => {
    stopping = true
    await started.stop(stopGraceMs)
    await closeRest()
  }
  const endpoint = `http://127.0.0.1:${port}`
  try {
    await whenReady(started, endpoint, signal)
  } catch (error) {
    await stop()
    throw error
  }
  return running(started, trace, { endpoint, readyMs: monotonicMs() - startedMs, lost: losing.signal, stop })
}

function running(
  started: StartedProcess,
  trace: TraceServer,
  rest: Pick<Emulator, 'endpoint' | 'readyMs' | 'lost' | 'stop'>,
): Emulator {
  const signalled = async (name: 'SIGSTOP' | 'SIGCONT') => void started.signal(name)
  return {
    ...rest,
    pid: started.pid,
    kill: trace.kill,
    freeze: () => signalled('SIGSTOP'),
    thaw: () => signalled('SIGCONT'),
  }
}

/** The service catalogue is built once, at setup; without it the first call takes 3 s and 370 MB more. */
async function prepareFolder(folder: string, tool: LocalstackTool): Promise<void> {
  for (const name of ['tmp', 'cache', 'config']) await mkdir(join(folder, name), { recursive: true, mode: 0o700 })
  await cp(tool.catalogFolder, folder, { recursive: true })
}

async function whenReady(started: StartedProcess, endpoint: string, signal: AbortSignal | undefined): Promise<void> {
  const ready = async (): Promise<true | string> => {
    const answer = await fetch(`${endpoint}/_shaketable/pid`, { signal: AbortSignal.timeout(2_000) })
    const text = (await answer.text()).slice(0, 200)
    if (answer.status === 200 && text === String(started.pid)) return true
    return answer.status === 200
      ? `process ${text} answers on its port`
      : `GET /_shaketable/pid gave ${answer.status}, 200 expected`
  }
  await waitUntil('localstack', ready, {
    timeoutMs: readyTimeoutMs,
    intervalMs: 20,
    process: started,
    ...(signal === undefined ? {} : { signal }),
  })
}

/** With its port taken LocalStack would hang, and not even heed SIGTERM. */
function assertPortIsFree(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error) =>
      reject(
        new EnvironmentError(`localstack cannot have port ${port}: ${error.message}\n  hint: another process holds it`),
      ),
    )
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve()))
  })
}
