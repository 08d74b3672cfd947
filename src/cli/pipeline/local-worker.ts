// The thread in which `pipeline local` runs the user's handler: it may hang, loop, exit or keep timers, and the command
// still comes to its end. An object goes through the very code of Main; only its download is a file.
//
//     local-run.ts ── workerData: code, files ──► here: unpack ─► lines ─► records ─► handler
//          ▲──────────── a report for each file ────┘
//          ▲············ shared memory: which file, phase and line it is at, readable while it hangs

import { createReadStream } from 'node:fs'
import Module from 'node:module'
import { dirname } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { unpacked } from '../../../localstack/functions/unpack.ts'
import { parserOfAll } from '../../parsers/index.ts'
import type { Handler, HandlerFactory, RecordMeta } from '../../pipeline/handler.ts'
import { processObject } from '../../pipeline/process-object.ts'
import {
  at,
  type BadLine,
  countsSoFar,
  type LocalFailure,
  type LocalFile,
  type LocalMessage,
  type LocalReport,
  type LocalWorkerData,
  type Phase,
  phases,
} from './local-worker-messages.ts'

const textLettersMax = 200
const resultLettersMax = 2000

if (parentPort === null) throw new Error('local-worker is a worker thread, started by local-run')
const port = parentPort
const { code, handlerPath, args, files, badShownMax, progress } = workerData as LocalWorkerData

/** Node forgets the source map of a module that nobody holds any more, and with it the places in its stacks. */
const held = new Set<Module>()
process.setSourceMapsEnabled(true)
const createHandler = loadHandler()
// Keeps the thread when the handler waits for something that never comes; local-run ends it.
port.on('message', () => {})
const tell = (message: LocalMessage) => port.postMessage(message)
tell('ready')
for (const file of files) tell(await runFile(file))
// What the handler printed last must have left before this thread is ended.
for (const stream of [process.stdout, process.stderr]) await new Promise<unknown>((sent) => stream.write('', sent))
tell('end')

function loadHandler(): HandlerFactory {
  const loaded = new Module(handlerPath) as Module & { _compile(code: string, path: string): void }
  held.add(loaded)
  loaded.filename = handlerPath
  loaded.paths = createRequirePaths()
  loaded._compile(code, `${handlerPath}.bundle.cjs`)
  return (loaded.exports as { readonly default: HandlerFactory }).default
}

/** What esbuild could not put into the bundle is looked for beside the handler. */
function createRequirePaths(): string[] {
  const { _nodeModulePaths } = Module as unknown as { _nodeModulePaths(folder: string): string[] }
  return _nodeModulePaths(dirname(handlerPath))
}

async function runFile({ path, bytes, bucket, key, formats, timestampMs }: LocalFile): Promise<LocalReport> {
  const badShown: BadLine[] = []
  const watched = watchedHandler()
  const [source = 'ignore'] = formats
  if (source === 'ignore') return { lines: 0, records: 0, bad: 0, badShown }
  try {
    const done = await processObject({
      bucket,
      key,
      body: await unpacked(key, { bytes, stream: () => createReadStream(path) }),
      source,
      parse: parserOfAll(formats).parse,
      timestampMs,
      handler: watched.create(),
      args,
      onBad(line, reason, text) {
        progress[at.bad] = (progress[at.bad] ?? 0) + 1
        if (badShown.length >= badShownMax) return
        badShown.push({ line, reason, ...(text === undefined ? {} : { text: text.slice(0, textLettersMax) }) })
      },
    })
    const { lines, records, bad } = done
    return { lines, records, bad: bad.count, badShown, ...resultOf(done.result) }
  } catch (error) {
    return { ...countsSoFar(progress), badShown, failure: watched.failure() ?? { message: messageOf(error) } }
  }
}

/** Notes where the handler is and what it threw, and changes nothing else. */
function watchedHandler() {
  let failure: LocalFailure | undefined
  progress.fill(0)
  const blame = (phase: Phase, error: unknown): never => {
    const line = progress[at.line] ?? 0
    failure = {
      phase,
      ...(line === 0 ? {} : { line }),
      message: messageOf(error),
      ...(error instanceof Error && error.stack !== undefined ? { stack: error.stack } : {}),
    }
    throw error
  }
  const step = async (phase: Phase, work: () => unknown): Promise<unknown> => {
    progress[at.phase] = phases.indexOf(phase)
    try {
      return await work()
    } catch (error) {
      return blame(phase, error)
    }
  }
  return { failure: () => failure, create: () => watchedCalls(made(blame), step, blame) }
}

type Blame = (phase: Phase, error: unknown) => never

function made(blame: Blame): Handler {
  try {
    const handler = createHandler()
    if (typeof handler?.recv !== 'function') throw new Error('expected a handler with recv, found none')
    return handler
  } catch (error) {
    return blame('start', error)
  }
}

function watchedCalls(
  inner: Handler,
  step: (phase: Phase, work: () => unknown) => Promise<unknown>,
  blame: Blame,
): Handler {
  return {
    setup: async (given) => void (await step('setup', () => inner.setup?.(given))),
    result: () => step('result', () => inner.result?.()),
    recv(meta, event) {
      noteRecord(meta)
      try {
        const pending: unknown = inner.recv(meta, event)
        // A promise where there was none would cost a turn of the event loop for each line.
        if (pending === undefined) return undefined
        return Promise.resolve(pending).then(
          () => {},
          (error: unknown) => blame('recv', error),
        )
      } catch (error) {
        return blame('recv', error)
      }
    },
  }
}

function noteRecord({ source }: RecordMeta): void {
  progress[at.phase] = phases.indexOf('recv')
  if (progress[at.line] !== source.line) progress[at.lines] = (progress[at.lines] ?? 0) + 1
  progress[at.records] = (progress[at.records] ?? 0) + 1
  progress[at.line] = source.line
}

function resultOf(result: unknown): { readonly result?: string } {
  if (result === undefined) return {}
  try {
    return { result: (JSON.stringify(result) ?? String(result)).slice(0, resultLettersMax) }
  } catch {
    return { result: String(result).slice(0, resultLettersMax) }
  }
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.name === 'Error' ? error.message : `${error.name}: ${error.message}`
}
