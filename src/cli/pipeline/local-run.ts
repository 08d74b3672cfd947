// Runs files through the handler in a thread of their own, one after the other in the same thread, as a warm function has
// it. A thread that ends too early, or takes longer than a function may, is one failed file; a new one takes the rest.

import { Worker } from 'node:worker_threads'
import type { HandlerArgs } from '../../pipeline/handler.ts'
import {
  at,
  countsSoFar,
  type LocalFile,
  type LocalMessage,
  type LocalReport,
  type LocalWorkerData,
  type Phase,
  phases,
} from './local-worker-messages.ts'

export interface LocalRun {
  readonly code: string
  readonly handlerPath: string
  readonly args: HandlerArgs
  readonly files: readonly LocalFile[]
  readonly badShownMax: number
  /** For each file. */
  readonly timeoutMs: number
}

/** For the thread itself, on a machine that is busy. */
const startMaxMs = 60_000
/** What Main is given in AWS. */
const memoryMbMax = 1024

export async function* runLocally(run: LocalRun): AsyncGenerator<LocalReport> {
  let done = 0
  while (done < run.files.length) {
    for await (const report of runThread(run, run.files.slice(done))) {
      done++
      yield report
    }
  }
}

/** At least one report, at most one for each file. */
async function* runThread(run: LocalRun, files: readonly LocalFile[]): AsyncGenerator<LocalReport> {
  const progress = new Float64Array(new SharedArrayBuffer(8 * Object.keys(at).length))
  const { code, handlerPath, args, badShownMax } = run
  const data: LocalWorkerData = { code, handlerPath, args, badShownMax, files, progress }
  const worker = new Worker(workerUrl(), {
    workerData: data,
    env: environmentWithoutCloud(),
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: memoryMbMax },
  })
  // Only the result goes to stdout.
  worker.stdout.pipe(process.stderr, { end: false })
  worker.stderr.pipe(process.stderr, { end: false })
  const inbox = inboxOf(worker)
  try {
    const start = await inbox.next(startMaxMs)
    for (const _file of files) {
      const message = start === 'ready' ? await inbox.next(run.timeoutMs) : start
      if (typeof message === 'string' || 'trouble' in message) {
        yield failed(typeof message === 'string' ? 'it ended too early' : message.trouble, progress)
        return
      }
      yield message
    }
    // Until it has sent what the handler printed last.
    const end = await inbox.next(run.timeoutMs)
    if (typeof end === 'object' && 'trouble' in end) {
      process.stderr.write(`warning: after its last result() the handler was not at rest: ${end.trouble}\n`)
    }
  } finally {
    await worker.terminate()
  }
}

interface Trouble {
  readonly trouble: string
}

interface Inbox {
  next(timeoutMs: number): Promise<LocalMessage | Trouble>
}

function inboxOf(worker: Worker): Inbox {
  const waiting: (LocalMessage | Trouble)[] = []
  let wake = () => {}
  const put = (message: LocalMessage | Trouble) => {
    waiting.push(message)
    wake()
  }
  worker.on('message', put)
  worker.on('error', (error) => put({ trouble: outsideText(error) }))
  worker.on('exit', () => put({ trouble: 'it ended its process' }))
  return {
    async next(timeoutMs) {
      if (waiting.length === 0) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, timeoutMs)
          wake = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
      return waiting.shift() ?? { trouble: `it was not done after ${timeoutMs / 1000} s` }
    },
  }
}

/** What was thrown where nobody awaited it. */
function outsideText(error: unknown): string {
  if ((error as { readonly code?: string }).code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return `it took more than ${memoryMbMax} MB of memory`
  }
  return `it failed outside of its calls: ${error instanceof Error ? error.message : String(error)}`
}

function failed(message: string, progress: Float64Array): LocalReport {
  const phase: Phase = phases[progress[at.phase] ?? 0] ?? 'start'
  const line = progress[at.line] ?? 0
  return { ...countsSoFar(progress), badShown: [], failure: { phase, ...(line === 0 ? {} : { line }), message } }
}

/** A handler that is tried out must not reach an account by accident. */
function environmentWithoutCloud(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_')))
}

/** Beside this file, as source and as bundle alike. */
function workerUrl(): URL {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  return new URL(`./local-worker.${extension}`, import.meta.url)
}
