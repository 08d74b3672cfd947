// The bytes of an S3 object, whole or not at all as far as memory allows. A small object is read to its end before anything
// is made of it, so a broken download delivers no line; a large one is streamed. A body that breaks off is continued where
// it ended, as long as the object is still the same one.

import { GetObjectCommand, type GetObjectCommandOutput, type S3Client } from '@aws-sdk/client-s3'
import { log, messageOf } from './log.ts'

export interface ObjectBody {
  readonly bytes: number
  /** From its first byte; may be called again. */
  stream(): AsyncIterable<Uint8Array>
}

const bufferedBytesMax = 32 * 1024 * 1024
const resumesMax = 8
const resumeWaitMs = 100

export interface ObjectName {
  readonly bucket: string
  readonly key: string
}

export async function openObject(client: S3Client, name: ObjectName): Promise<ObjectBody> {
  const get = (more: { readonly Range?: string; readonly IfMatch?: string } = {}) =>
    client.send(new GetObjectCommand({ Bucket: name.bucket, Key: name.key, ...more }))
  const first = await get()
  const bytes = first.ContentLength ?? 0
  const same = first.ETag === undefined ? {} : { IfMatch: first.ETag }
  const continued = (from: number) => get({ ...same, Range: `bytes=${from}-` })
  if (bytes <= bufferedBytesMax) {
    const chunks: Uint8Array[] = []
    for await (const chunk of resuming(first, bytes, continued)) chunks.push(chunk)
    return { bytes, stream: () => streamOf(chunks) }
  }
  let opened: GetObjectCommandOutput | undefined = first
  return {
    bytes,
    async *stream() {
      const start = opened ?? (await get(same))
      opened = undefined
      yield* resuming(start, bytes, continued)
    },
  }
}

async function* streamOf(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks
}

/** Also the test's way in. */
export async function* resuming(
  first: Pick<GetObjectCommandOutput, 'Body'>,
  bytes: number,
  continued: (from: number) => Promise<Pick<GetObjectCommandOutput, 'Body'>>,
): AsyncGenerator<Uint8Array> {
  let answer: Pick<GetObjectCommandOutput, 'Body'> | undefined = first
  let offset = 0
  for (let resumes = 0; ; resumes++) {
    try {
      answer ??= await continued(offset)
      for await (const chunk of answer.Body as AsyncIterable<Uint8Array>) {
        offset += chunk.length
        yield chunk
      }
      if (offset >= bytes) return
      throw new Error(`the body ended after ${offset} of ${bytes} bytes`)
    } catch (error) {
      if (resumes >= resumesMax || offset > bytes || changed(error)) throw error
      // All bytes are there, and what failed was only the end of the connection.
      if (offset === bytes) return
      log('warn', 'body broke off', { offset, bytes, error: messageOf(error) })
      await new Promise((resolve) => setTimeout(resolve, resumeWaitMs * 2 ** Math.min(resumes, 5)))
      answer = undefined
    }
  }
}

function changed(error: unknown): boolean {
  return error instanceof Error && ['PreconditionFailed', 'NoSuchKey', 'AccessDenied'].includes(error.name)
}
