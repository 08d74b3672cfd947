// Puts the load's objects into the emulator's S3, straight and once: what S3 does not take is told, not put again.

import type { Readable } from 'node:stream'
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { emulatorRegion } from './adapt-config.ts'
import { interruptible } from './interruptible.ts'

export interface ObjectPuts {
  /** @throws what the SDK says */
  put(
    bucket: string,
    key: string,
    body: Uint8Array | { readonly bytes: number; readonly stream: Readable },
  ): Promise<void>
  stop(): void
}

/** An emulator that is frozen for a while must not fail the puts meanwhile. */
const requestWithinMs = 120_000
const connectWithinMs = 30_000
/** The load is open: what is due is put, however many are under way. */
const socketsMax = 256

/** @param signal after its abort every put rejects with its reason */
export function objectPuts(endpoint: string, signal?: AbortSignal): ObjectPuts {
  const client = new S3Client({
    endpoint,
    region: emulatorRegion,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    // A second try of a put that had been carried out would announce the object twice.
    maxAttempts: 1,
    forcePathStyle: true,
    // A stream is sent as it is, without the framing that a checksum behind it would need.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: connectWithinMs,
      requestTimeout: requestWithinMs,
      throwOnRequestTimeout: true,
      // A connection that lay idle may be closed by the server in the very moment of a put, which would be told as refused.
      httpAgent: { keepAlive: false, maxSockets: socketsMax },
    },
  })
  if (signal !== undefined) interruptible(client, signal)
  return {
    async put(bucket, key, body) {
      await client.send(
        new PutObjectCommand({
          Bucket: bucket,
          Key: key,
          ...(body instanceof Uint8Array ? { Body: body } : { Body: body.stream, ContentLength: body.bytes }),
        }),
      )
    },
    stop: () => client.destroy(),
  }
}
