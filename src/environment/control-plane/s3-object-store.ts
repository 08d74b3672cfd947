// The object store over S3, as the control plane reads it where its objects lie in a bucket. What S3 answers is passed
// through: a missing object is none, any other failure is a RequestError with S3's own status, so that who polls the
// control plane sees what S3 said. Nothing is tried again here; Envoy polls again by itself.

import { randomUUID } from 'node:crypto'
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import type { ObjectStore } from './object-store.ts'
import { RequestError } from './request-error.ts'

export interface S3StoreOptions {
  /** `http://127.0.0.1:4566`, or the fault hop in front of it. */
  readonly endpoint: string
  readonly bucket: string
}

export interface S3ObjectStore extends ObjectStore {
  /** Creates the bucket, where there is none. @throws RequestError */
  prepare(): Promise<void>
  /** Ends its connections; watchers are ended by their own. */
  close(): void
}

/** S3 tells nobody of a change without a topic or queue, so a watcher asks. */
const watchEveryMs = 250
const connectWithinMs = 2_000
const requestWithinMs = 5_000
/** What a gateway says whose upstream gives no answer. */
const noAnswer = 502

/** @throws RequestError, from every method */
export function s3ObjectStore({ endpoint, bucket: Bucket }: S3StoreOptions): S3ObjectStore {
  const client = new S3Client({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    forcePathStyle: true,
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: connectWithinMs,
      requestTimeout: requestWithinMs,
      throwOnRequestTimeout: true,
    },
  })
  /** Key and etag of every object directly under a prefix. */
  const listed = async (prefix: string): Promise<ReadonlyMap<string, string>> => {
    const found = new Map<string, string>()
    let token: string | undefined
    do {
      const page = await client.send(
        new ListObjectsV2Command({
          Bucket,
          Prefix: `${prefix}/`,
          Delimiter: '/',
          ...(token === undefined ? {} : { ContinuationToken: token }),
        }),
      )
      for (const { Key = '', ETag = '' } of page.Contents ?? []) found.set(Key.slice(prefix.length + 1), ETag)
      token = page.NextContinuationToken
    } while (token !== undefined)
    return found
  }
  return {
    prepare: () =>
      passedThrough(`bucket ${Bucket}`, async () => {
        await client.send(new CreateBucketCommand({ Bucket })).catch((error: Error) => {
          if (error.name !== 'BucketAlreadyOwnedByYou' && error.name !== 'BucketAlreadyExists') throw error
        })
      }),
    read: (key) =>
      passedThrough(key, async () => {
        try {
          const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: key }))
          return await Body?.transformToString()
        } catch (error) {
          if ((error as Error).name === 'NoSuchKey') return undefined
          throw error
        }
      }),
    write: (key, content) =>
      passedThrough(
        key,
        async () => void (await client.send(new PutObjectCommand({ Bucket, Key: key, Body: content }))),
      ),
    list: (prefix) => passedThrough(prefix, async () => [...(await listed(prefix)).keys()]),
    watch: (prefixes, changed) =>
      watchBy(async () => {
        const all = await Promise.all(prefixes.map(listed))
        return JSON.stringify(all.map((found) => [...found].toSorted()))
      }, changed),
    close: () => client.destroy(),
  }
}

/** Calls `changed` when the look differs from the one before. A look that fails says nothing, so the next one tells. */
function watchBy(look: () => Promise<string>, changed: () => void): () => void {
  // A change before the first look must not be missed, so whatever that sees is news.
  let last: string = randomUUID()
  let ended = false
  let timer: NodeJS.Timeout | undefined
  const again = async () => {
    const seen = await look().catch(() => last)
    if (ended) return
    if (seen !== last) changed()
    last = seen
    timer = setTimeout(() => void again(), watchEveryMs)
  }
  void again()
  return () => {
    ended = true
    clearTimeout(timer)
  }
}

async function passedThrough<Value>(what: string, call: () => Promise<Value>): Promise<Value> {
  try {
    return await call()
  } catch (error) {
    const { name, message, $metadata } = error as Error & { readonly $metadata?: { readonly httpStatusCode?: number } }
    const status = $metadata?.httpStatusCode ?? noAnswer
    // An answer that was no S3 answer (a body cut in the middle of a 200) is no good answer either.
    throw new RequestError(status >= 400 ? status : noAnswer, `S3 on ${what}: ${name}: ${message}`)
  }
}
