// The bytes of an object. Small ones are made at once; large plain ones are streamed in pieces of some lines, so that
// 100 MB need no 100 MB; of gzip the compressed bytes are held. Between pieces the event loop turns, because the same
// thread carries the fault hop and the sink.

import { Readable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { createGzip, gzipSync } from 'node:zlib'

/** Bytes of a known number that come as they are made. */
export interface SizedStream {
  readonly bytes: number
  readonly stream: Readable
}

export type ObjectBody = Uint8Array | SizedStream

type TextOf = (line: number) => string

const wholeBytesMax = 1_048_576
const pieceLetters = 65_536
/** Pieces made before the event loop turns: below a millisecond or two of work. */
const piecesPerTurn = 4
/** The fastest that still compresses. */
const level = 1

export const bytesOf = (body: ObjectBody): number => (body instanceof Uint8Array ? body.byteLength : body.bytes)

export async function plainBody(lines: number, textOf: TextOf): Promise<ObjectBody> {
  const kept: Buffer[] = []
  let bytes = 0
  for await (const piece of pieces(lines, textOf)) {
    bytes += piece.byteLength
    // Beyond the limit the bytes are only counted, since whoever takes a stream must know its length.
    if (bytes <= wholeBytesMax) kept.push(piece)
  }
  if (bytes <= wholeBytesMax) return Buffer.concat(kept)
  return { bytes, stream: Readable.from(pieces(lines, textOf), { objectMode: false }) }
}

/** `damage`, a number in [0, 1), breaks the file: it is cut short, or its checksum is wrong. */
export async function gzipBody(lines: number, textOf: TextOf, damage?: number): Promise<Uint8Array> {
  const compressed = await compress(pieces(lines, textOf))
  return damage === undefined ? compressed : broken(compressed, damage)
}

async function compress(source: AsyncIterable<Buffer>): Promise<Buffer> {
  const iterator = source[Symbol.asyncIterator]()
  const first = await iterator.next()
  const second = first.done ? first : await iterator.next()
  // One piece needs no stream, which costs ten times as much as compressing it.
  if (second.done) return gzipSync(first.done ? Buffer.alloc(0) : first.value, { level })
  const gzip = createGzip({ level })
  const chunks: Buffer[] = []
  const all = async function* () {
    yield first.value
    yield second.value
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value
  }
  for await (const chunk of Readable.from(all(), { objectMode: false }).pipe(gzip)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/**
 * Every decoder that checks what the format lets it check refuses the result: a member without its end, or one whose
 * CRC-32 (the first four of its last eight bytes) is another.
 */
function broken(compressed: Buffer, damage: number): Buffer {
  if (damage < 0.5) return compressed.subarray(0, Math.max(1, Math.floor(compressed.length * damage * 2)))
  const flipped = Buffer.from(compressed)
  const place = compressed.length - 8 + (Math.floor(damage * 8) % 4)
  flipped.writeUInt8(flipped.readUInt8(place) ^ 0xff, place)
  return flipped
}

async function* pieces(lines: number, textOf: TextOf): AsyncGenerator<Buffer> {
  let text = ''
  let made = 0
  for (let line = 1; line <= lines; line++) {
    text += `${textOf(line)}\n`
    if (text.length < pieceLetters) continue
    yield Buffer.from(text)
    text = ''
    if (++made % piecesPerTurn === 0) await turn()
  }
  if (text !== '') yield Buffer.from(text)
}
