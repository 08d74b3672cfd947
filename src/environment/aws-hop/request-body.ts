// Reads a request's body where the hop must know what it names, up to a limit; past that it is handed on as a stream like
// any other, and the call names nothing.

import { Readable } from 'node:stream'

/** PutRecords takes 5 MiB of data, a third more as base64. */
const bodyBytesMax = 10 * 1024 * 1024

/** Rejects when the caller hangs up before its request is whole. */
export async function readBody(body: Readable, limit = bodyBytesMax): Promise<Buffer | Readable> {
  const pieces: Buffer[] = []
  let bytes = 0
  const source = body.iterator({ destroyOnReturn: false })
  for await (const piece of source) {
    pieces.push(piece)
    bytes += piece.length
    if (bytes > limit) return Readable.from(rejoined(pieces, body), { objectMode: false })
  }
  return Buffer.concat(pieces)
}

async function* rejoined(pieces: readonly Buffer[], rest: Readable): AsyncGenerator<Buffer> {
  yield* pieces
  yield* rest
}
