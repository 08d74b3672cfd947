// Loads the user's handler once before it is deployed, in a worker of its own, so that what is wrong with it is one clear
// error with its place instead of a function that never starts.

import { relative } from 'node:path'
import { Worker } from 'node:worker_threads'
import { build, type Message } from 'esbuild'
import { formatPlace, InputError } from '../../core/errors.ts'

const loadMaxMs = 5_000
const expectation = 'a default export, a function that makes a handler (docs/pipeline.md shows one)'

/** @throws InputError */
export async function checkHandler(handlerPath: string): Promise<void> {
  const loaded = await load(await compileHandler(handlerPath), handlerPath)
  if (loaded.error !== undefined) {
    const place = handlerPlace(loaded.stack ?? '', handlerPath)
    throw new InputError(`${place}: expected a handler that loads, found: ${loaded.error}`)
  }
  if (loaded.kind !== 'function')
    throw new InputError(`${shown(handlerPath)}: expected ${expectation}, found ${loaded.kind ?? 'nothing'}`)
  if (loaded.recv !== 'function') {
    const found = loaded.recv === 'undefined' ? 'none' : loaded.recv
    throw new InputError(`${shown(handlerPath)}: expected a handler with a function recv, found ${found}`)
  }
}

export async function compileHandler(handlerPath: string): Promise<string> {
  try {
    const result = await build({
      entryPoints: [handlerPath],
      bundle: true,
      write: false,
      format: 'cjs',
      platform: 'node',
      target: 'node22',
      sourcemap: 'inline',
      logLevel: 'silent',
    })
    return result.outputFiles[0]?.text ?? ''
  } catch (error) {
    const [first] = (error as { readonly errors?: readonly Message[] }).errors ?? []
    if (first === undefined) throw error
    const { file = shown(handlerPath), line, column = 0 } = first.location ?? {}
    const place = formatPlace({ file, ...(line === undefined ? {} : { line, column: column + 1 }) })
    throw new InputError(`${place}: expected a handler that loads, found: ${first.text}`)
  }
}

interface Loaded {
  /** `typeof` the default export. */
  readonly kind?: string
  /** `typeof` the function that its handler is to have. */
  readonly recv?: string
  readonly error?: string
  readonly stack?: string
}

const program = `
const { parentPort, workerData } = require('node:worker_threads')
process.setSourceMapsEnabled(true)
const Module = require('node:module')
const module_ = new Module(workerData.path)
module_.filename = workerData.path
module_.paths = Module._nodeModulePaths(require('node:path').dirname(workerData.path))
try {
  module_._compile(workerData.code, workerData.path + '.bundle.cjs')
  const make = module_.exports.default
  const kind = make === undefined ? 'none' : typeof make
  parentPort.postMessage(kind === 'function' ? { kind, recv: typeof make()?.recv } : { kind })
} catch (error) {
  parentPort.postMessage({ error: String(error), stack: String(error && error.stack) })
}
`

async function load(code: string, path: string): Promise<Loaded> {
  const worker = new Worker(program, { eval: true, workerData: { code, path }, stdout: true, stderr: true })
  try {
    return await new Promise<Loaded>((resolve, reject) => {
      worker.once('message', resolve)
      worker.once('error', (error) => resolve({ error: String(error) }))
      worker.once('exit', () => resolve({ error: 'it ended the process' }))
      setTimeout(() => resolve({ error: `it was not loaded after ${loadMaxMs} ms` }), loadMaxMs).unref()
      worker.once('messageerror', reject)
    })
  } finally {
    await worker.terminate()
  }
}

/** Where in the handler it happened: the first line of the stack that lies in it. */
export function handlerPlace(stack: string, handlerPath: string): string {
  const name = handlerPath.split('/').at(-1) ?? handlerPath
  for (const line of stack.split('\n')) {
    const match = /\(?([^\s()]+):(\d+):(\d+)\)?$/.exec(line)
    if (match?.[1]?.endsWith(name))
      return formatPlace({ file: shown(handlerPath), line: Number(match[2]), column: Number(match[3]) })
  }
  return shown(handlerPath)
}

/** As esbuild shows it: from the current folder. */
function shown(path: string): string {
  return relative(process.cwd(), path)
}
