// Writes a run's history while the run goes on. Events wait in a buffer that is handed to the file every 50 ms, so a crash
// leaves a nearly complete file; when the disk falls behind beyond the buffer's limit, events are dropped, counted and
// told in the end marker, which makes the run inconclusive. It never rewrites what it wrote.

import { createReadStream, createWriteStream, openSync } from 'node:fs'
import { stat, unlink } from 'node:fs/promises'
import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { constants, createZstdCompress } from 'node:zlib'
import { EnvironmentError } from './errors.ts'
import type { End, HistoryHeader, NewEvent } from './history.ts'
import { checkEvent } from './history-shape.ts'

const flushEveryMs = 50
const flushAtChars = 256 * 1024

export interface HistoryWriterOptions {
  /** What may wait for the disk; beyond it events are dropped. Default 64 MiB. */
  readonly waitingBytesMax?: number
  /** Files above this size are compressed at close. Default 200 MB. */
  readonly compressAboveBytes?: number
  /** Where the bytes go instead of `file`; for tests of a slow or full disk. */
  readonly stream?: Writable
}

export interface ClosedHistory {
  /** `file`, or `file` + `.zst` when it was compressed. */
  readonly file: string
  readonly events: number
  readonly dropped: number
}

export interface HistoryWriter {
  /**
   * Gives the event its `seq` (from 0 for each `src`) and queues it. False when it was dropped, or came after `close` and
   * belongs to no run any more. Throws when the event is not of the shape that readers accept: a bug of the caller.
   */
  append(event: NewEvent): boolean
  readonly dropped: number
  /** Writes the end marker and closes the file. `atMs` defaults to the latest time seen. */
  close(reason: End['reason'], atMs?: number): Promise<ClosedHistory>
}

/** Opens a new history; an existing file is not overwritten. The header becomes line 1. */
export function openHistory(file: string, header: HistoryHeader, options: HistoryWriterOptions = {}): HistoryWriter {
  const { waitingBytesMax = 64 * 1024 * 1024, compressAboveBytes = 200_000_000 } = options
  const stream = options.stream ?? openStream(file)
  const nextSeq = new Map<string, number>()
  let waiting: string[] = []
  let waitingChars = 0
  let events = 0
  let dropped = 0
  let latestMs = 0
  let closed = false
  let failure: Error | undefined
  stream.on('error', (error) => {
    failure ??= error
  })

  const flush = () => {
    if (waitingChars === 0) return
    if (failure === undefined) stream.write(waiting.join(''))
    waiting = []
    waitingChars = 0
  }
  const queue = (line: string) => {
    waiting.push(line)
    waitingChars += line.length
    if (waitingChars >= flushAtChars) flush()
  }
  const append = (event: NewEvent, evenIfFull = false) => {
    const seq = nextSeq.get(event.src) ?? 0
    nextSeq.set(event.src, seq + 1)
    const line = serialize(event, seq)
    latestMs = Math.max(latestMs, event.atMs)
    const full = waitingChars + stream.writableLength + line.length > waitingBytesMax
    if (failure !== undefined || (full && !evenIfFull)) {
      dropped++
      return false
    }
    events++
    queue(line)
    return true
  }

  queue(`${JSON.stringify(header)}\n`)
  flush()
  const timer = setInterval(flush, flushEveryMs)
  timer.unref()

  return {
    append: (event) => !closed && append(event),
    get dropped() {
      return dropped
    },
    async close(reason, atMs = latestMs) {
      if (closed) throw new Error(`history ${file} is closed already`)
      append({ atMs, src: 'runner', scenario: '', kind: 'end', reason, dropped }, true)
      closed = true
      clearInterval(timer)
      flush()
      await finish(stream, file, () => failure)
      const written = options.stream === undefined ? await compressIfLarge(file, compressAboveBytes) : file
      return { file: written, events, dropped }
    },
  }
}

function serialize(event: NewEvent, seq: number): string {
  const { atMs, src, scenario, kind, ...rest } = event
  const whole = { atMs, src, seq, scenario, kind, ...rest }
  const result = checkEvent(whole)
  if ('complaint' in result) throw new TypeError(`event unfit for the history: ${result.complaint}`)
  return `${JSON.stringify(whole)}\n`
}

function openStream(file: string): Writable {
  try {
    return createWriteStream(file, { fd: openSync(file, 'wx') })
  } catch (error) {
    throw cannotWrite(file, error)
  }
}

function finish(stream: Writable, file: string, failure: () => Error | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      const error = failure()
      if (error === undefined) resolve()
      else reject(cannotWrite(file, error))
    }
    if (failure() !== undefined || stream.destroyed) return settle()
    stream.once('error', settle)
    stream.once('close', settle)
    stream.end()
  })
}

/** The plain file goes only after the compressed one is whole, so one complete history exists at any time. */
async function compressIfLarge(file: string, aboveBytes: number): Promise<string> {
  if ((await stat(file)).size <= aboveBytes) return file
  const compressed = `${file}.zst`
  const compress = createZstdCompress({ params: { [constants.ZSTD_c_checksumFlag]: 1 } })
  await pipeline(createReadStream(file), compress, createWriteStream(compressed))
  await unlink(file)
  return compressed
}

function cannotWrite(file: string, error: unknown): EnvironmentError {
  const why = error instanceof Error ? error.message : String(error)
  return new EnvironmentError(
    `cannot write the history ${file}: ${why}\n  hint: give a new run folder on a disk with space`,
  )
}
