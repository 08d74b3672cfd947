// What can be read about this machine without changing it. Each answer is `undefined` where the platform does not tell.

import { readFileSync } from 'node:fs'
import { access, statfs } from 'node:fs/promises'
import { createServer } from 'node:net'
import { freemem } from 'node:os'
import { dirname } from 'node:path'
import { runBounded } from './bounded-command.ts'

const tickMsByDefault = 4

/**
 * Resolution of Envoy's coarse timers: `clock_getres(CLOCK_MONOTONIC_COARSE)`, which is one kernel tick. Node cannot ask
 * for it, python3 can; without python3, and off Linux, 4 ms, which is what distributions ship.
 */
export async function tickMs(): Promise<number> {
  if (process.platform !== 'linux') return tickMsByDefault
  const clockMonotonicCoarse = 6
  const program = `import time; print(time.clock_getres(${clockMonotonicCoarse}))`
  const outcome = await runBounded('python3', ['-I', '-S', '-c', program], { timeoutMs: 5_000 })
  const seconds = Number(outcome.stdout.trim() || Number.NaN)
  const ms = Math.round(seconds * 1e6) / 1e3
  return outcome.code === 0 && ms > 0 && ms <= 100 ? ms : tickMsByDefault
}

export interface PythonFacts {
  /** `undefined` when there is no python3. */
  readonly python?: string
  readonly pip?: string
}

export async function pythonFacts(): Promise<PythonFacts> {
  const [python, pip] = await Promise.all(
    [['--version'], ['-m', 'pip', '--version']].map((args) => runBounded('python3', args, { timeoutMs: 20_000 })),
  )
  const pythonVersion = /Python (\S+)/.exec(python?.stdout ?? '')?.[1]
  const pipVersion = /^pip (\S+)/m.exec(pip?.stdout ?? '')?.[1]
  return {
    ...(pythonVersion === undefined ? {} : { python: pythonVersion }),
    ...(pipVersion === undefined ? {} : { pip: pipVersion }),
  }
}

/** Memory that can be had without swapping. */
export function availableMemoryBytes(): number {
  const meminfo = readText('/proc/meminfo')
  const kib = /^MemAvailable:\s+(\d+) kB/m.exec(meminfo ?? '')?.[1]
  return kib === undefined ? freemem() : Number(kib) * 1024
}

/** The soft limit on open files that our children get; Node has raised its own to the hard one at its start. */
export function openFilesMax(): number | undefined {
  const row = /^Max open files\s+(\S+)/m.exec(readText('/proc/self/limits') ?? '')?.[1]
  if (row === undefined) return undefined
  return row === 'unlimited' ? Number.POSITIVE_INFINITY : Number(row)
}

export async function freeSpaceBytes(folder: string): Promise<number | undefined> {
  try {
    const { bavail, bsize } = await statfs(folder)
    return bavail * bsize
  } catch {
    return undefined
  }
}

/** The folder itself, or the one above it that would get it. */
export async function nearestExisting(folder: string): Promise<string> {
  let nearest = folder
  while (nearest !== dirname(nearest) && !(await exists(nearest))) nearest = dirname(nearest)
  return nearest
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

/** Whether a listener can be opened on a free port of `host`. */
export function canBind(host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ host, port: 0, exclusive: true }, () => server.close(() => resolve(true)))
  })
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
