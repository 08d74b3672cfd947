// Our own child processes, the control plane and the upstream services, as things that can be started, killed, frozen and
// started again on the same address.

import { EnvironmentError } from '../core/errors.ts'
import type { ControlPlaneOrder, ControlPlaneReply, ServeControlPlane } from './control-plane/control-plane-process.ts'
import type { Outcome } from './control-plane/discovery.ts'
import { childEntry } from './process/child-entry.ts'
import { type StartedProcess, startProcess } from './process/started-process.ts'
import type { Watchdog } from './process/watchdog.ts'
import type { ServeHosts, UpstreamReply } from './upstream/upstream-process.ts'

/** What a service's life looks like from outside, for the history. */
export interface ServiceWatcher {
  readonly started: (process: StartedProcess) => void
  readonly exited: (process: StartedProcess, code: number | null, signal: string | null, expected: boolean) => void
}

export interface ChildService {
  readonly name: string
  /** Starts it; resolves when it serves. */
  start(): Promise<void>
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>
  /** SIGTERM, then SIGKILL; resolves when it is gone. */
  stop(): Promise<void>
  freeze(): void
  thaw(): void
  send(order: unknown): void
}

interface ServiceOptions<Reply> {
  readonly name: string
  readonly entry: string
  readonly watchdog: Watchdog
  readonly watcher: ServiceWatcher
  readonly order: unknown
  /** Says whether the reply means that it serves, or why it never will; other replies are passed on. */
  readonly onReply: (reply: Reply) => 'serving' | { readonly failed: string } | undefined
}

const startTimeoutMs = 10_000

function childService<Reply>(options: ServiceOptions<Reply>): ChildService {
  const { name, watchdog, watcher } = options
  let current: StartedProcess | undefined
  const expectedExits = new Set<StartedProcess>()

  const start = async () => {
    const started = startProcess({ name, command: process.execPath, args: [options.entry], watchdog, ipc: true })
    current = started
    watcher.started(started)
    void started.exited.then(({ code, signal }) => watcher.exited(started, code, signal, expectedExits.has(started)))
    await new Promise<void>((resolve, reject) => {
      const fail = (reason: string) => reject(new EnvironmentError(`${name} did not start: ${reason}`))
      const timer = setTimeout(() => fail(`no answer after ${startTimeoutMs} ms`), startTimeoutMs)
      started.onMessage((reply) => {
        const meaning = options.onReply(reply as Reply)
        if (meaning === undefined) return
        clearTimeout(timer)
        if (meaning === 'serving') resolve()
        else fail(meaning.failed)
      })
      void started.exited.then(({ code, signal }) => {
        clearTimeout(timer)
        fail(`exited with ${signal ?? `code ${code}`}\n${started.lastLines().join('\n')}`)
      })
      started.send(options.order)
    })
  }
  const end = async (ending: (started: StartedProcess) => Promise<unknown>) => {
    if (current === undefined || current.hasExited()) return
    expectedExits.add(current)
    await ending(current)
  }
  return {
    name,
    start,
    kill: () =>
      end((started) => {
        started.signal('SIGKILL')
        return started.exited
      }),
    stop: () => end((started) => started.stop()),
    freeze: () => current?.signal('SIGSTOP'),
    thaw: () => current?.signal('SIGCONT'),
    send: (order) => current?.send(order),
  }
}

export function controlPlaneService(options: {
  readonly name: string
  readonly watchdog: Watchdog
  readonly watcher: ServiceWatcher
  readonly order: ServeControlPlane
  readonly onOutcome: (outcome: Outcome) => void
}): ChildService & { setGarbage(on: boolean): void } {
  const service = childService<ControlPlaneReply>({
    ...options,
    entry: childEntry('control-plane-process', import.meta.url, 'control-plane'),
    onReply(reply) {
      if (reply.kind === 'outcome') options.onOutcome(reply.outcome)
      if (reply.kind === 'serving') return 'serving'
      return reply.kind === 'failed' ? { failed: reply.reason } : undefined
    },
  })
  const garbage = (on: boolean): ControlPlaneOrder => ({ kind: 'garbage', on })
  return { ...service, setGarbage: (on) => service.send(garbage(on)) }
}

export function upstreamService(options: {
  readonly name: string
  readonly watchdog: Watchdog
  readonly watcher: ServiceWatcher
  readonly order: ServeHosts
}): ChildService {
  return childService<UpstreamReply>({
    ...options,
    entry: childEntry('upstream-process', import.meta.url, 'upstream'),
    onReply: (reply) => (reply.kind === 'serving' ? 'serving' : { failed: reply.reason }),
  })
}
