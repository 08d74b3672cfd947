// Cuts a stream of bytes into lines with bounded memory. Lines end in LF or CRLF and nowhere else: JSON may hold U+2028,
// at which Node's readline would cut. What is no UTF-8, or longer than a line may be, is a line without a text.

import { isUtf8 } from 'node:buffer'

export interface BadText {
  readonly bad: string
}

/** Lines that follow each other; the first one has the number `first`, counted from 1. */
export interface LineBatch {
  readonly first: number
  readonly texts: readonly (string | BadText)[]
}

/** Far above any honest line; a line is held in memory as a whole. */
export const lineBytesMax = 8 * 1024 * 1024

const lineFeed = 10
const tooLong: BadText = { bad: `expected a line of at most ${lineBytesMax} bytes, found a longer one` }
const notUtf8: BadText = { bad: 'expected text in UTF-8, found other bytes' }

export async function* readLines(body: AsyncIterable<Uint8Array>): AsyncGenerator<LineBatch> {
  let first = 1
  const rest = new Rest()
  for await (const chunk of body) {
    const end = chunk.lastIndexOf(lineFeed)
    if (end < 0) {
      rest.add(chunk)
      continue
    }
    const texts = rest.finish(chunk.subarray(0, end), first)
    rest.add(chunk.subarray(end + 1))
    yield { first, texts }
    first += texts.length
  }
  if (!rest.isEmpty) yield { first, texts: rest.finish(new Uint8Array(0), first) }
}

/** The beginning of a line whose end has not come yet. */
class Rest {
  #chunks: Uint8Array[] = []
  #bytes = 0
  #overlong = false

  get isEmpty(): boolean {
    return this.#bytes === 0 && !this.#overlong
  }

  add(chunk: Uint8Array): void {
    if (chunk.length === 0) return
    this.#bytes += chunk.length
    this.#overlong ||= this.#bytes > lineBytesMax
    if (this.#overlong) this.#chunks = []
    else this.#chunks.push(chunk)
  }

  /** The lines up to the end of `last`, which ends in front of a line feed. */
  finish(last: Uint8Array, lineNumber: number): (string | BadText)[] {
    const cut = this.#overlong
    const block = cut ? last : Buffer.concat([...this.#chunks, last])
    this.#chunks = []
    this.#bytes = 0
    this.#overlong = false
    const texts = textsOf(block, lineNumber === 1)
    // What came before was too long already, so the first line is, whatever its end looks like.
    return cut ? [tooLong, ...texts.slice(1)] : texts
  }
}

function textsOf(block: Uint8Array, isBeginning: boolean): (string | BadText)[] {
  const buffer = Buffer.from(block.buffer, block.byteOffset, block.byteLength)
  // Nearly always the whole block is valid, and decoding it at once is many times faster than line by line.
  const texts: (string | BadText)[] = isUtf8(buffer) ? buffer.toString('utf8').split('\n') : bytewise(buffer)
  for (let index = 0; index < texts.length; index++) {
    const text = texts[index]
    if (typeof text !== 'string') continue
    if (text.length > lineBytesMax) texts[index] = tooLong
    else if (text.endsWith('\r')) texts[index] = text.slice(0, -1)
  }
  const start = texts[0]
  if (isBeginning && typeof start === 'string' && start.startsWith('\ufeff')) texts[0] = start.slice(1)
  return texts
}

function bytewise(buffer: Buffer): (string | BadText)[] {
  const texts: (string | BadText)[] = []
  for (let start = 0; start <= buffer.length; ) {
    const found = buffer.indexOf(lineFeed, start)
    const end = found < 0 ? buffer.length : found
    const line = buffer.subarray(start, end)
    texts.push(isUtf8(line) ? line.toString('utf8') : notUtf8)
    start = end + 1
  }
  return texts
}
