// The open-loop load generator as the rest of the harness sees it: a worker thread that sends planned requests at their
// times, however slow the answers are, and streams what happened as history events. Latency counts from the intended send
// time. It plans nothing, judges nothing, and never sends a request again.
//
//     run(job) ─► worker: schedule ─► exchange ─► HTTP/1.1 or HTTP/2 ─► target
//     onEvents ◄─ batches every 20 ms ◄─┘   heartbeat: the worker's own lag

import { Worker } from 'node:worker_threads'
import { EnvironmentError } from '../core/errors.ts'
import type { NewEvent } from '../core/history.ts'
import type { GeneratorCommand, GeneratorMessage, LoadJob, LoadResult, WarmUpResult } from './load-job.ts'

const readyWithinMs = 10_000
const stopWithinMs = 5_000

export interface GeneratorOptions {
  /** Event times are milliseconds since this, on the clock of `monotonicMs()`. */
  readonly originMs: number
  /** Gets every event exactly once and, within a job, in order. */
  readonly onEvents: (events: readonly NewEvent[]) => void
  /** False: compile nothing ahead, for short tests. By default it begins at once, beside whatever else starts. */
  readonly warmUp?: boolean
}

export interface Generator {
  /** Resolves after the job's last event was delivered. Any number of jobs may run side by side. */
  run(job: LoadJob): Promise<LoadResult>
  /** Resolves when 3,000 requests (or 450 ms of them) were sent to a server in the worker; do not start jobs before. */
  warmUp(): Promise<WarmUpResult>
  /** Open requests end as `interrupted`, running jobs resolve, the worker ends. Safe to call twice. */
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** @throws EnvironmentError when the worker does not start */
export async function startGenerator(options: GeneratorOptions): Promise<Generator> {
  const worker = new Worker(workerUrl(), { name: 'load', workerData: { originMs: options.originMs } })
  const generator = new WorkerGenerator(worker, options.onEvents)
  try {
    await generator.ready
  } catch (error) {
    await worker.terminate()
    throw error
  }
  if (options.warmUp !== false) void generator.warmUp().catch(() => {})
  return generator
}

/** Beside this file, as source and as bundle alike. */
function workerUrl(): URL {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  return new URL(`./generator-worker.${extension}`, import.meta.url)
}

class WorkerGenerator implements Generator {
  readonly ready: Promise<void>
  readonly #worker: Worker
  readonly #jobs = new Map<number, PromiseWithResolvers<LoadResult>>()
  readonly #stopped = Promise.withResolvers<void>()
  #warm: PromiseWithResolvers<WarmUpResult> | undefined
  #jobCount = 0
  #failure: Error | undefined
  #stopping: Promise<void> | undefined

  constructor(worker: Worker, onEvents: (events: readonly NewEvent[]) => void) {
    this.#worker = worker
    const ready = Promise.withResolvers<void>()
    this.ready = within(readyWithinMs, ready.promise, `load worker not ready after ${readyWithinMs} ms`)
    worker.on('message', (message: GeneratorMessage) => {
      if (message.kind === 'events') onEvents(message.events)
      else if (message.kind === 'done') this.#finish(message.number, message.result)
      else if (message.kind === 'warm') this.#warm?.resolve(message.result)
      else if (message.kind === 'ready') ready.resolve()
      else this.#stopped.resolve()
    })
    const fail = (error: Error) => {
      ready.reject(error)
      this.#fail(error)
    }
    worker.on('error', (cause) => fail(new Error('the load worker failed', { cause })))
    worker.on('exit', (code) => fail(new Error(`the load worker ended with code ${code}`)))
  }

  run(job: LoadJob): Promise<LoadResult> {
    if (this.#stopping) return Promise.reject(new Error('the generator was stopped'))
    if (this.#failure) return Promise.reject(this.#failure)
    const number = this.#jobCount++
    const result = Promise.withResolvers<LoadResult>()
    this.#jobs.set(number, result)
    const requests = job.requests.toSorted((left, right) => left.atMs - right.atMs)
    this.#post({ kind: 'run', number, job: { ...job, requests } })
    return result.promise
  }

  warmUp(): Promise<WarmUpResult> {
    if (this.#failure) return Promise.reject(this.#failure)
    if (!this.#warm) {
      this.#warm = Promise.withResolvers()
      this.#post({ kind: 'warm-up' })
    }
    return this.#warm.promise
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  async #stop(): Promise<void> {
    if (this.#failure) return
    this.#post({ kind: 'stop' })
    try {
      await within(stopWithinMs, this.#stopped.promise, `load worker not stopped after ${stopWithinMs} ms`)
    } finally {
      await this.#worker.terminate()
    }
  }

  #post(command: GeneratorCommand): void {
    this.#worker.postMessage(command)
  }

  #finish(number: number, result: LoadResult): void {
    this.#jobs.get(number)?.resolve(result)
    this.#jobs.delete(number)
  }

  /** Also called by the orderly end, when nobody waits any more. */
  #fail(error: Error): void {
    this.#failure ??= error
    for (const job of this.#jobs.values()) job.reject(error)
    this.#jobs.clear()
    this.#warm?.reject(error)
    this.#warm?.promise.catch(() => {})
    this.#stopped.reject(error)
    this.#stopped.promise.catch(() => {})
  }
}

async function within<T>(limitMs: number, promise: Promise<T>, message: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new EnvironmentError(message)), limitMs)
  })
  try {
    return await Promise.race([promise, limit])
  } finally {
    clearTimeout(timer)
  }
}
