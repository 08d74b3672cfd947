// Takes one object through: bytes to lines, lines to records, records to the handler. It knows nothing of AWS, so Main and
// the command `pipeline local` run the very same code. A line that cannot be read does not stop the others; it comes back
// among the bad ones. What the handler throws does stop it.

import type { LineRange } from '../core/history.ts'
import { type BadLines, collectBadLines } from './bad-lines.ts'
import type { Handler, HandlerArgs } from './handler.ts'
import { type LineBatch, lineBytesMax, readLines } from './read-lines.ts'

/** A record, or why the text is none; as the parsers of src/parsers give it. */
export type Parsed =
  | readonly { readonly tag: string; readonly timestampMs?: number; readonly event: unknown }[]
  | { readonly failure: string }

export interface ObjectToProcess {
  readonly bucket: string
  readonly key: string
  /** Unpacked. */
  readonly body: AsyncIterable<Uint8Array>
  /** `s3-lines` or `s3-text`. */
  readonly source: string
  readonly parse: (text: string) => Parsed
  /** Only these lines; absent: all. */
  readonly only?: readonly LineRange[]
  /** For records that bear no time. */
  readonly timestampMs: number
  readonly handler: Handler
  readonly args: HandlerArgs
  /** Told of each line that cannot be read; `text` is absent where it is none. */
  readonly onBad?: (line: number, reason: string, text?: string) => void
}

export interface ProcessedObject {
  /** Lines that were looked at: neither blank nor left out. */
  readonly lines: number
  readonly records: number
  readonly bad: BadLines
  readonly result: unknown
}

export async function processObject(object: ObjectToProcess): Promise<ProcessedObject> {
  const { bucket, key, handler, parse, timestampMs } = object
  const bad = collectBadLines()
  const wanted = lineFilter(object.only)
  let lines = 0
  let records = 0
  await handler.setup?.(object.args)
  const batches = object.source === 's3-text' ? wholeText(object.body) : readLines(object.body)
  for await (const { first, texts } of batches) {
    for (let index = 0; index < texts.length; index++) {
      const line = first + index
      const text = texts[index] ?? ''
      if (!wanted.has(line) || (typeof text === 'string' && isBlank(text))) continue
      lines++
      const parsed = typeof text === 'string' ? parse(text) : { failure: text.bad }
      if ('failure' in parsed) {
        bad.add(line, parsed.failure)
        object.onBad?.(line, parsed.failure, typeof text === 'string' ? text : undefined)
        continue
      }
      const message = typeof text === 'string' ? text : ''
      for (const record of parsed) {
        records++
        const meta = {
          tag: record.tag,
          timestamp: record.timestampMs ?? timestampMs,
          source: { bucket, key, line },
          message,
        }
        const pending = handler.recv(meta, record.event)
        // Awaiting what is no promise would cost a million turns of the event loop for a million lines.
        if (pending !== undefined) await pending
      }
    }
    if (first + texts.length > wanted.last) break
  }
  const result = await handler.result?.()
  return { lines, records, bad: bad.lines, result }
}

/** The whole object as one text, which stands in line 1. */
async function* wholeText(body: AsyncIterable<Uint8Array>): AsyncGenerator<LineBatch> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes > lineBytesMax)
      throw new Error(`expected an object of at most ${lineBytesMax} bytes for s3-text, found a larger one`)
  }
  try {
    yield { first: 1, texts: [new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))] }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    yield { first: 1, texts: [{ bad: 'expected text in UTF-8, found other bytes' }] }
  }
}

interface LineFilter {
  /** Must be asked in ascending order. */
  has(line: number): boolean
  readonly last: number
}

function lineFilter(only: readonly LineRange[] | undefined): LineFilter {
  if (only === undefined) return { has: () => true, last: Number.POSITIVE_INFINITY }
  const ranges = only.toSorted((a, b) => a.first - b.first)
  let at = 0
  return {
    has(line) {
      for (let range = ranges[at]; range !== undefined && range.last < line; range = ranges[at]) at++
      return (ranges[at]?.first ?? Number.POSITIVE_INFINITY) <= line
    },
    last: ranges.reduce((last, range) => Math.max(last, range.last), 0),
  }
}

function isBlank(text: string): boolean {
  return text === '' || (text.charCodeAt(0) <= 32 && text.trim() === '')
}
