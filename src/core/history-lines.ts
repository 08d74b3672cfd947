// The lines of a history file, plain or zstd (told by its first bytes, not by its name), one at a time in constant memory.
// It knows bytes and lines only; what stands in them is history-reader.ts's.

import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createZstdDecompress } from 'node:zlib'
import { formatPlace, InputError } from './errors.ts'

const zstdMagic = 0xfd2fb528
/** A header with hundreds of scenarios stays far below it. */
const lineBytesMax = 64 * 1024 * 1024
const chunkBytes = 1024 * 1024

/** The history of a run folder, plain or compressed. */
export async function historyFileIn(folder: string): Promise<string> {
  for (const name of ['history.ndjson', 'history.ndjson.zst']) {
    const file = join(folder, name)
    const found = await stat(file).catch(() => undefined)
    if (found?.isFile()) return file
  }
  throw new InputError(
    `${folder}: no history.ndjson or history.ndjson.zst in this folder\n  hint: give a run folder, for instance reports/latest`,
  )
}

/**
 * Calls `visit` with each line that is not blank, counted from 1. The result tells whether a compressed file was cut;
 * anything else that is wrong with the file throws an InputError.
 */
export async function eachLine(file: string, visit: (text: string, line: number) => void): Promise<{ cut: boolean }> {
  const compressed = await isCompressed(file)
  const consume = async (chunks: AsyncIterable<Buffer>) => {
    const split = lineSplitter(file, visit)
    for await (const chunk of chunks) split.chunk(chunk)
    split.end()
  }
  const source = createReadStream(file, { highWaterMark: chunkBytes })
  try {
    if (compressed) await pipeline(source, createZstdDecompress(), consume)
    else await pipeline(source, consume)
    return { cut: false }
  } catch (error) {
    if (!compressed || !isZstdError(error)) throw error
    if (isCut(error)) return { cut: true }
    throw new InputError(
      `${file}: damaged zstd file: ${error.message}\n  hint: fetch the run folder again; a damaged history cannot be judged`,
    )
  }
}

function lineSplitter(file: string, visit: (text: string, line: number) => void) {
  let rest: Buffer[] = []
  let restBytes = 0
  let line = 0
  const emit = (last: Buffer) => {
    line++
    const whole = rest.length === 0 ? last : Buffer.concat([...rest, last])
    rest = []
    restBytes = 0
    const text = whole.toString('utf8')
    if (text.trim() !== '') visit(text, line)
  }
  return {
    chunk(chunk: Buffer) {
      let from = 0
      for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, from)) {
        emit(chunk.subarray(from, at))
        from = at + 1
      }
      if (from === chunk.length) return
      rest.push(chunk.subarray(from))
      restBytes += chunk.length - from
      if (restBytes > lineBytesMax) {
        throw new InputError(
          `${formatPlace({ file, line: line + 1 })}: no end of line within ${lineBytesMax} bytes\n  hint: this is no history`,
        )
      }
    },
    end() {
      if (restBytes > 0) emit(Buffer.alloc(0))
    },
  }
}

async function isCompressed(file: string): Promise<boolean> {
  const info = await stat(file).catch((error: NodeJS.ErrnoException) => {
    throw unreadable(file, error.code === 'ENOENT' ? 'no such file' : error.message)
  })
  if (info.isDirectory()) throw unreadable(file, 'it is a directory')
  const handle = await open(file).catch((error: Error) => {
    throw unreadable(file, error.message)
  })
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0)
    return bytesRead === 4 && buffer.readUInt32LE(0) === zstdMagic
  } finally {
    await handle.close()
  }
}

function unreadable(file: string, why: string): InputError {
  return new InputError(
    `${formatPlace({ file, line: 1 })}: a history file expected: ${why}\n  hint: give the history.ndjson of a run folder`,
  )
}

function isZstdError(error: unknown): error is NodeJS.ErrnoException {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
  return code !== undefined && /^(ZSTD|Z)_/i.test(code)
}

function isCut(error: NodeJS.ErrnoException): boolean {
  return error.code === 'Z_BUF_ERROR' || /unexpected end/i.test(error.message)
}
