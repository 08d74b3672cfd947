// A child process of ours as a thing that can be started, killed, frozen and started again on the same address. What it
// serves is its own file's business: control-plane-service.ts, upstream-services.ts.

import { EnvironmentError } from '../core/errors.ts'
import { type StartedProcess, startProcess } from './process/started-process.ts'
import type { Watchdog } from './process/watchdog.ts'
import type { ProcessLife } from './process-life.ts'

export interface ChildService {
  readonly name: string
  /** Starts it; resolves when it serves. @throws EnvironmentError, or the signal's reason */
  start(signal?: AbortSignal): Promise<void>
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>
  /** SIGTERM, then SIGKILL; resolves when it is gone. */
  stop(): Promise<void>
  freeze(): void
  thaw(): void
}

export interface OrderedService<Order, Reply> extends ChildService {
  isRunning(): boolean
  /** Sends an order and resolves at the reply that answers it, or when the process ends. */
  ask(order: Order, answers: (reply: Reply) => boolean): Promise<void>
}

export interface ServiceOptions<Order, Reply> {
  readonly name: string
  readonly entry: string
  readonly watchdog: Watchdog
  readonly life: ProcessLife
  /** What it is told at each start. */
  readonly order: () => Order
  /** Whether a reply means that it serves, or why it never will; other replies are none of the start's business. */
  readonly onReply: (reply: Reply) => 'serving' | { readonly failed: string } | undefined
}

const startWithinMs = 10_000
const answerWithinMs = 2_000

export function childService<Order, Reply>(options: ServiceOptions<Order, Reply>): OrderedService<Order, Reply> {
  const { name, watchdog, life } = options
  let current: StartedProcess | undefined
  const expectedExits = new Set<StartedProcess>()

  const end = async (ending: (started: StartedProcess) => Promise<unknown>) => {
    if (current === undefined || current.hasExited()) return
    expectedExits.add(current)
    await ending(current)
  }
  return {
    name,
    async start(signal) {
      signal?.throwIfAborted()
      const started = startProcess({ name, command: process.execPath, args: [options.entry], watchdog, ipc: true })
      current = started
      life.watch(started, () => expectedExits.has(started))
      started.send(options.order())
      await whenServing(started, options.onReply, signal)
    },
    kill: () =>
      end((started) => {
        started.signal('SIGKILL')
        return started.exited
      }),
    stop: () => end((started) => started.stop()),
    freeze: () => void current?.signal('SIGSTOP'),
    thaw: () => void current?.signal('SIGCONT'),
    isRunning: () => current !== undefined && !current.hasExited(),
    async ask(order, answers) {
      if (current === undefined || current.hasExited()) return
      current.send(order)
      await whenAnswered(current, answers)
    },
  }
}

function whenServing<Reply>(
  started: StartedProcess,
  onReply: ServiceOptions<unknown, Reply>['onReply'],
  signal: AbortSignal | undefined,
): Promise<void> {
  const { name } = started
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const fail = (reason: string) => reject(new EnvironmentError(`${name} did not start: ${reason}${hintFor(reason)}`))
  const abort = () => reject(signal?.reason)
  const timer = setTimeout(() => fail(`no answer after ${startWithinMs} ms`), startWithinMs)
  const unlisten = started.onMessage((reply) => {
    const meaning = onReply(reply as Reply)
    if (meaning === 'serving') resolve()
    else if (meaning !== undefined) fail(meaning.failed)
  })
  void started.exited.then((ended) => {
    fail(`it ended with ${ended.signal ?? `code ${ended.code}`}\n  last log: ${started.lastLines().join('\n  ')}`)
    unlisten()
  })
  signal?.addEventListener('abort', abort)
  return promise.finally(() => {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
  })
}

function whenAnswered<Reply>(started: StartedProcess, answers: (reply: Reply) => boolean): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const late = `${started.name} did not take an order within ${answerWithinMs} ms`
  const timer = setTimeout(() => reject(new EnvironmentError(late)), answerWithinMs)
  const unlisten = started.onMessage((reply) => {
    if (answers(reply as Reply)) resolve()
  })
  void started.exited.then(() => resolve())
  return promise.finally(() => {
    clearTimeout(timer)
    unlisten()
  })
}

function hintFor(reason: string): string {
  const port = /EADDRINUSE[^\n]*:(\d+)/.exec(reason)?.[1]
  return port === undefined ? '' : `\n  hint: another process holds port ${port}; end it or run again`
}
