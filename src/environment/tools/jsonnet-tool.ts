// Evaluates a .jsonnet file with PyPI's pinned `jsonnet` wheel, fetched the first time a file needs it. Evaluation is
// bounded in time, stack, memory and output; imports stay inside the repository that holds the file (else its folder).
// What is wrong with the file becomes one InputError with its place.

import { existsSync } from 'node:fs'
import { open, realpath } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative } from 'node:path'
import { EnvironmentError, formatPlace, InputError, type Place } from '../../core/errors.ts'
import { type CommandOutcome, lastLinesOf, runBounded } from './bounded-command.ts'
import { jsonnetProgram } from './jsonnet-program.ts'
import { jsonnetGlibcMin, jsonnetVersion, jsonnetWheels, type PlatformName } from './pinned-wheels.ts'
import { ensureProvisioned } from './provisioned-file.ts'
import { toolCacheFolder } from './tool-cache.ts'

export interface JsonnetOptions {
  readonly progress?: (line: string) => void
  /** Stands in for SHAKETABLE_CACHE. */
  readonly cacheDir?: string
  /** Default 10 s. */
  readonly timeoutMs?: number
}

const evaluationTimeoutMs = 10_000
const fileBytesMax = 4 << 20
const outputBytesMax = 16 << 20
const memoryBytesMax = 1 << 30
const stackMax = 500

const otherwise = 'give the definition as .json or .yaml instead of .jsonnet'

/**
 * @returns the evaluated JSON text
 * @throws InputError with file and line for what is wrong with the file
 * @throws EnvironmentError when jsonnet cannot be provided
 */
export async function evaluateJsonnet(file: string, options: JsonnetOptions = {}): Promise<string> {
  const text = await readBounded(file)
  const root = await importRoot(file)
  const tool = await ensureJsonnet(options)
  const timeoutMs = options.timeoutMs ?? evaluationTimeoutMs
  const request = {
    tool,
    file,
    text,
    root,
    stack: stackMax,
    fileBytes: fileBytesMax,
    memoryBytes: memoryBytesMax,
    cpuSeconds: Math.ceil(timeoutMs / 1000) + 1,
  }
  // -I: neither PYTHONPATH nor the current folder are searched for modules.
  const outcome = await runBounded('python3', ['-I', '-B', '-c', jsonnetProgram], {
    timeoutMs,
    outputBytesMax,
    stdin: JSON.stringify(request),
  })
  if (outcome.code === 0) return outcome.stdout
  throw evaluationError(file, root, outcome, timeoutMs)
}

/** @returns the folder that Python imports `_jsonnet` from */
async function ensureJsonnet(options: JsonnetOptions): Promise<string> {
  const platform = `${process.platform}-${process.arch}`
  const label = `jsonnet ${jsonnetVersion}`
  const wheel = jsonnetWheels[platform as PlatformName]
  if (wheel === undefined)
    throw new EnvironmentError(`there is no pinned ${label} for ${platform}\n  hint: ${otherwise}`)
  const folder = join(toolCacheFolder(options.cacheDir), `jsonnet-${jsonnetVersion}-${platform}`)
  await ensureProvisioned({
    label,
    requirement: `jsonnet==${jsonnetVersion}`,
    wheel,
    glibcMin: jsonnetGlibcMin,
    member: '_jsonnet.abi3.so',
    path: join(folder, '_jsonnet.abi3.so'),
    otherwise,
    progress: options.progress,
  })
  return folder
}

/** The nearest folder above the file that is a git checkout, else the file's own. Links are followed first. */
async function importRoot(file: string): Promise<string> {
  const own = dirname(await realpath(file))
  for (let folder = own; ; folder = dirname(folder)) {
    if (existsSync(join(folder, '.git'))) return folder
    if (folder === dirname(folder)) return own
  }
}

async function readBounded(file: string): Promise<string> {
  try {
    await using handle = await open(file)
    const found = await handle.stat()
    if (!found.isFile()) throw new InputError(`${file}: a file expected`)
    if (found.size > fileBytesMax)
      throw new InputError(`${file}: ${found.size} bytes, at most ${fileBytesMax} expected`)
    const text = new TextDecoder('utf-8', { fatal: true }).decode(await handle.readFile())
    if (text.includes('\0')) throw new TypeError('NUL')
    return text
  } catch (error) {
    if (error instanceof InputError) throw error
    if (error instanceof TypeError) throw new InputError(`${file}: UTF-8 text expected, these are other bytes`)
    const { code, message } = error as NodeJS.ErrnoException
    throw new InputError(`${file} cannot be read: ${code === 'ENOENT' ? 'no such file' : message}`)
  }
}

function evaluationError(file: string, root: string, outcome: CommandOutcome, timeoutMs: number): Error {
  if (outcome.stopped === 'not-found') {
    return new EnvironmentError(
      `${file} needs python3, which was not found\n  hint: apt-get install python3\n  or: ${otherwise}`,
    )
  }
  if (outcome.stopped === 'timeout') {
    return new InputError(
      `${file}: evaluation did not finish within ${timeoutMs} ms\n  hint: look for endless recursion`,
    )
  }
  if (outcome.stopped === 'output-limit') {
    return new InputError(`${file}: evaluates to more than ${outputBytesMax} bytes`)
  }
  if (outcome.code === 3) return jsonnetError(file, root, outcome.stderr)
  if (outcome.code === null || /MemoryError|bad_alloc/.test(outcome.stderr)) {
    return new InputError(`${file}: evaluation was ended, at most ${memoryBytesMax >> 20} MiB of memory may be used`)
  }
  return new EnvironmentError(
    `jsonnet ${jsonnetVersion} does not work with this python3 (3.8 or newer expected):\n${lastLinesOf(outcome.stderr)}\n  or: ${otherwise}`,
  )
}

/**
 * jsonnet says `STATIC ERROR: FILE:1:5: text`, or `RUNTIME ERROR: text` and then a stack of `\tFILE:1:5-9\tname`. The
 * place is the innermost one.
 */
function jsonnetError(file: string, root: string, said: string): InputError {
  const [first = '', ...stack] = said.trimEnd().split('\n')
  const inFirst = /^STATIC ERROR: (.+?):\(?(\d+):(\d+)[^:]*: (.*)$/.exec(first)
  const inStack = stack.map((line) => /^\t(.+?):\(?(\d+):(\d+)/.exec(line)).find((match) => match !== null)
  const text = inFirst?.[4] ?? first.replace(/^(RUNTIME|STATIC) ERROR: /, '')
  const place = placeOf(inFirst ?? inStack) ?? { file }
  const outside = /^couldn't open import "(.*)": outside of /.exec(text)
  if (outside === null) return new InputError(`${formatPlace(place)}: ${text}`)
  return new InputError(
    `${formatPlace(place)}: import "${outside[1]}" is outside of ${root}\n  hint: imports stay inside the git checkout that holds the file, or its folder`,
  )
}

function placeOf(match: RegExpExecArray | null | undefined): Place | undefined {
  const [, path, line, column] = match ?? []
  if (path === undefined) return undefined
  const nearer = relative(process.cwd(), path)
  // Imported files come with absolute paths: shown the short way where they are below the current folder.
  const file = isAbsolute(path) && nearer !== '' && !nearer.startsWith('..') ? nearer : path
  return { file, line: Number(line), column: Number(column) }
}
