// What a protocol must do for the generator: carry one request to the target and tell what became of it. Transports do not
// know schedules, time limits or the history, and send nothing twice that may have reached the wire.

import type { PlannedRequest } from '../core/planned-request.ts'
import type { ConnectionFigures, LoadError } from './load-job.ts'

/**
 * The story of one request: `written` (at most once), then `head`, `bytes`..., `call` (gRPC only), then exactly one of
 * `done` and `failed`.
 */
export interface RequestListener {
  /** The first byte is about to be written. */
  written(): void
  /** `told`: the few headers of the answer that checks ask for. */
  head(status: number, told?: Readonly<Record<string, string>>): void
  bytes(count: number): void
  /** A gRPC call came to its status, after so many messages. */
  call(grpcStatus: number, messages: number): void
  done(): void
  failed(error: LoadError, detail: string): void
}

export interface Transport {
  /** Returns what abandons the request; whatever the listener hears after that is to be ignored. */
  send(request: PlannedRequest, listener: RequestListener): () => void
  figures(): ConnectionFigures
  close(): void
}

/** More open connections in one job than this, and the machine fails before the target does. */
export const connectionsMax = 4096

/** Codes that say that this machine, not the target, could not make a connection. */
const ownShortages: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'EADDRNOTAVAIL', 'ENOBUFS', 'ENOMEM'])

export function connectError(error: Error): LoadError {
  return ownShortages.has(errorCode(error)) ? 'not-sent' : 'connect'
}

export function errorCode(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : ''
}

/** `ECONNRESET: read ECONNRESET` is said once. */
export function describeError(error: Error): string {
  const code = errorCode(error)
  return code === '' || error.message.includes(code) ? error.message : `${code}: ${error.message}`
}

const toldHeaders = ['connection', 'location'] as const

/** Of the answer's headers those that the history keeps; nothing where there are none. */
export function toldOf(headers: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> | undefined {
  let told: Record<string, string> | undefined
  for (const name of toldHeaders) {
    if (headers[name] === undefined) continue
    told ??= {}
    told[name] = String(headers[name])
  }
  return told
}

/** Headers without any Host, because the plan's own `host` is sent. */
export function headersWithoutHost(headers: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  return Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'host')
}

let filler = Buffer.alloc(0)

/** A body of `bytes` bytes of `x`. One buffer is shared by all; nobody may write to it. */
export function bodyOf(bytes: number): Buffer {
  if (bytes > filler.length) filler = Buffer.alloc(bytes, 'x')
  return filler.subarray(0, bytes)
}
