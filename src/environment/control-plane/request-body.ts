// Reads the body of a request to the control plane, up to a limit.

import type { IncomingMessage } from 'node:http'
import { RequestError } from './request-error.ts'

export const bodyBytesMax = 1_000_000

/** @throws RequestError 413 for a body above the limit */
export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > bodyBytesMax) throw new RequestError(413, `a body of at most ${bodyBytesMax} bytes expected`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
