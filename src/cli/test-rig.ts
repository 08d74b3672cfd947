// For the tests of the command line: starts the real command in a folder of its own, and looks for what it may have left
// behind. Whatever it starts bears that folder's path in its environment or its arguments, so other runs on this machine
// are never mistaken for it. Linux only, by /proc.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { monotonicMs } from '../core/clock.ts'
import { packageRoot } from '../core/package-root.ts'

const launcher = fileURLToPath(new URL('../launcher.mjs', import.meta.url))
/** After the end of a run, however it came, nothing of it may be left so much later. */
const goneAfterMs = 2_000

/** Halves the time of every start but the first. */
const compiled = join(packageRoot(), 'node_modules/.cache/compiled')

export interface Finished {
  readonly code: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly child: ChildProcess
  readonly finished: Promise<Finished>
  /** The first group of what stdout or stderr has printed, as soon as it is there; rejects when the command ends first. */
  printed(pattern: RegExp): Promise<string>
}

export interface LaunchOptions {
  readonly env?: Readonly<Record<string, string>>
  /** Default: the launcher, on the Node that runs the test. */
  readonly command?: readonly string[]
  /** Leads a process group, as a command in a terminal does. */
  readonly group?: boolean
}

export interface Playground extends Disposable {
  readonly folder: string
  /** TMPDIR of everything started here. */
  readonly temporary: string
  /** Writes a file, an object as JSON (which is YAML, too), and gives its path. */
  write(path: string, content: string | Buffer | object): string
  launch(args: readonly string[], options?: LaunchOptions): Running
  shaketable(args: readonly string[], options?: LaunchOptions): Promise<Finished>
}

export function playground(): Playground {
  const folder = mkdtempSync(join(tmpdir(), 'cli-test-'))
  const temporary = join(folder, 'tmp')
  mkdirSync(temporary)
  const launch = (args: readonly string[], options: LaunchOptions = {}): Running => {
    const [command = '', ...rest] = [...(options.command ?? [process.execPath, launcher]), ...args]
    const { NODE_OPTIONS: _, ...inherited } = process.env
    const child = spawn(command, rest, {
      cwd: folder,
      env: {
        ...inherited,
        TMPDIR: temporary,
        NODE_COMPILE_CACHE: compiled,
        SHAKETABLE_TEST: folder,
        ...options.env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: options.group === true,
    })
    return running(child)
  }
  return {
    folder,
    temporary,
    write(path, content) {
      const file = join(folder, path)
      mkdirSync(dirname(file), { recursive: true })
      const asIs = typeof content === 'string' || Buffer.isBuffer(content)
      writeFileSync(file, asIs ? content : JSON.stringify(content, undefined, 2))
      return file
    },
    launch,
    shaketable: (args, options) => launch(args, options).finished,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}

function running(child: ChildProcess): Running {
  const text = { stdout: '', stderr: '' }
  const waiting = new Set<() => void>()
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (chunk: string) => {
      text[name] += chunk
      for (const look of waiting) look()
    })
  }
  const finished = once(child, 'close').then(([code, signal]) => ({ code, signal, ...text }))
  const printed = (pattern: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        const found = pattern.exec(text.stdout) ?? pattern.exec(text.stderr)
        if (found === null) return
        waiting.delete(look)
        resolve(found[1] ?? '')
      }
      waiting.add(look)
      void finished.then((end) => reject(new Error(`it ended without ${pattern}: ${JSON.stringify(end)}`)))
      look()
    })
  return { child, finished, printed }
}

/** A user's mistake or an environment that does not start: one clear error, nothing else, nothing left. */
export function expectOneError(end: Finished, code: number, message: RegExp): void {
  expect(end).toMatchObject({ code, stdout: '' })
  expect(end.stderr).toMatch(message)
  expect(end.stderr).not.toMatch(/^\s+at |node:internal|internal error/m)
  expect(end.stderr.match(/^(shaketable: |Error|error)/gim)).toHaveLength(1)
}

export interface Leftovers {
  readonly processes: readonly string[]
  readonly temporary: readonly string[]
  readonly ports: readonly string[]
}

export const nothing: Leftovers = { processes: [], temporary: [], ports: [] }

/** `ports` are those that `listeningPorts` gave while it was running. */
export function leftovers({ folder, temporary }: Playground, ports: readonly string[] = []): Leftovers {
  const listening = new Set([...listeners().values()])
  return {
    processes: processesOf(folder).map(({ pid, command }) => `${pid} ${command}`),
    temporary: readdirSync(temporary),
    ports: ports.filter((port) => listening.has(port)),
  }
}

export async function expectNothingLeft(where: Playground, sinceMs: number, ports: readonly string[]): Promise<void> {
  const isNothing = () => Object.values(leftovers(where, ports)).every((left) => left.length === 0)
  if (await eventually(isNothing, goneAfterMs - (monotonicMs() - sinceMs))) return
  expect(leftovers(where, ports), `left ${goneAfterMs} ms after the end`).toEqual(nothing)
}

/** Looks until it is true or the time is over; unlike `expect.poll` also in tests that run side by side. */
export async function eventually(look: () => boolean, timeoutMs: number): Promise<boolean> {
  const untilMs = monotonicMs() + timeoutMs
  for (;;) {
    if (look()) return true
    if (monotonicMs() > untilMs) return false
    await pause(20)
  }
}

/** `address:port inode`, in the kernel's notation, of every socket that a process of this playground listens on. */
export function listeningPorts({ folder }: Playground): readonly string[] {
  const all = listeners()
  return processesOf(folder).flatMap(({ pid }) =>
    inFolder(`/proc/${pid}/fd`).flatMap((fd) => {
      const [, inode = ''] = /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${pid}/fd/${fd}`)) ?? []
      return all.get(inode) ?? []
    }),
  )
}

/** The only process of this playground with this in its command line. */
export function pidOf({ folder }: Playground, command: string): number {
  const found = processesOf(folder).filter((one) => one.command.includes(command))
  const [only] = found
  if (only === undefined || found.length > 1) throw new Error(`${found.length} processes run ${command}`)
  return only.pid
}

function processesOf(folder: string): readonly { readonly pid: number; readonly command: string }[] {
  return inFolder('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    const command = textOf(`/proc/${name}/cmdline`).replaceAll('\0', ' ')
    const found = command.includes(folder) || textOf(`/proc/${name}/environ`).includes(folder)
    return found ? [{ pid: Number(name), command }] : []
  })
}

/** Inode to `address:port inode`; a socket that listens has state 0A. */
function listeners(): ReadonlyMap<string, string> {
  const rows = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => textOf(file).split('\n').slice(1))
  return new Map(
    rows.flatMap((row) => {
      const [, local = '', , state, , , , , , inode = ''] = row.trim().split(/\s+/)
      return state === '0A' ? [[inode, `${local} ${inode}`] as const] : []
    }),
  )
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return '' // gone meanwhile
  }
}

function linkOf(file: string): string {
  try {
    return readlinkSync(file)
  } catch {
    return ''
  }
}

function inFolder(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
