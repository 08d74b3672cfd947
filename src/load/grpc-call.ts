// What makes an HTTP/2 request a gRPC call: its headers, the messages that it writes one after the other before it
// half-closes, and the grpc-status at its end, in the headers or in the trailers. Messages are filler; nothing is encoded.

import type { ClientHttp2Stream } from 'node:http2'
import { messagePrefix, prefixBytes } from '../core/grpc-messages.ts'
import type { PlannedRequest } from '../core/planned-request.ts'
import { bodyOf } from './transport.ts'

/** Bytes of body that a request carries, prefixes of messages included. */
export function requestBytes({ bodyBytes, grpc }: Pick<PlannedRequest, 'bodyBytes' | 'grpc'>): number {
  return grpc === undefined ? bodyBytes : grpc.messages * (prefixBytes + bodyBytes)
}

/** Whatever the user's headers say: a call without these is none. */
export const grpcHeaders: Readonly<Record<string, string>> = { 'content-type': 'application/grpc', te: 'trailers' }

/** Writes all messages as fast as the stream takes them, then half-closes. */
export function writeMessages(stream: ClientHttp2Stream, messages: number, bodyBytes: number): void {
  const prefix = messagePrefix(bodyBytes)
  const body = bodyOf(bodyBytes)
  let left = messages
  const write = () => {
    for (; left > 0; left--) {
      if (stream.destroyed || stream.closed) return
      stream.write(prefix)
      if (stream.write(body)) continue
      left--
      stream.once('drain', write)
      return
    }
    stream.end()
  }
  write()
}

/** `undefined` where there is none, or none that is a number. */
export function grpcStatusOf(headers: Readonly<Record<string, unknown>>): number | undefined {
  const text = headers['grpc-status']
  return typeof text === 'string' && /^\d{1,3}$/.test(text) ? Number(text) : undefined
}
