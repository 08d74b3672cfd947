// Unpacks gzip. A gzip is checked to its end before a line of it is used: its checksum stands behind the data, and lines of
// a broken one would be delivered now and, after it was parked and drained, again.

import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import type { ObjectBody } from './object-body.ts'

/** @throws Error where it is no whole gzip */
export async function unpacked(key: string, body: ObjectBody): Promise<AsyncIterable<Uint8Array>> {
  if (!key.endsWith('.gz') || body.bytes === 0) return body.stream()
  for await (const _chunk of gunzip(body.stream())) {
    // Only its end matters.
  }
  return gunzip(body.stream())
}

async function* gunzip(packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const unzip = createGunzip({ chunkSize: 256 * 1024 })
  // Its failure is seen by whoever reads from `unzip`.
  const feeding = pipeline(Readable.from(packed), unzip).catch(() => undefined)
  yield* unzip as AsyncIterable<Uint8Array>
  await feeding
}
