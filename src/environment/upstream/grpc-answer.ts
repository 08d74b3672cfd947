// A gRPC call answered over HTTP/2: all messages of the client are read and counted first, so unary, client-streaming and
// bidirectional calls are served alike; then come so many messages with a pause between them, and the status, in the
// trailers or, without any message, in the headers ("trailers-only"). How long that takes to begin is the server's matter.

import type { Http2ServerResponse, IncomingHttpHeaders } from 'node:http2'
import { type MessageCounter, messagePrefix } from '../../core/grpc-messages.ts'
import type { UpstreamRecord } from '../../core/scenario-record.ts'

const contentType = { 'content-type': 'application/grpc' } as const
/** In the answer's metadata: how many messages the client sent. */
const messagesRead = 'x-messages-read'
/** The client's last message was cut: INTERNAL, as gRPC libraries say it. */
const internal = 13

export function isGrpc(headers: IncomingHttpHeaders): boolean {
  return headers['content-type']?.startsWith('application/grpc') ?? false
}

/** `onEnd` is called once, when the last byte was handed over or the client has left. */
export function answerCall(
  response: Http2ServerResponse,
  read: MessageCounter,
  { grpc, bodyBytes }: Pick<UpstreamRecord, 'grpc' | 'bodyBytes'>,
  onEnd: () => void,
): void {
  const { stream } = response
  // A client that leaves makes the stream's writes fail, which is its own doing.
  stream.on('error', () => {})
  const { status, statusIn, messages, everyMs } = grpc ?? { status: 0, statusIn: 'trailers', messages: 1, everyMs: 0 }
  const ending = { 'grpc-status': String(read.isCut() ? internal : status), [messagesRead]: String(read.count()) }
  const hasLeft = () => stream.destroyed || stream.closed
  if (hasLeft()) {
    onEnd()
  } else if (statusIn === 'headers') {
    stream.respond({ ':status': 200, ...contentType, ...ending }, { endStream: true })
    onEnd()
  } else {
    response.writeHead(200, contentType)
    response.addTrailers(ending)
    writeMessages(response, { messages, everyMs, bodyBytes }, hasLeft, onEnd)
  }
}

interface Messages {
  readonly messages: number
  readonly everyMs: number
  readonly bodyBytes: number
}

function writeMessages(
  response: Http2ServerResponse,
  { messages, everyMs, bodyBytes }: Messages,
  hasLeft: () => boolean,
  onEnd: () => void,
): void {
  const message = Buffer.concat([messagePrefix(bodyBytes), Buffer.alloc(bodyBytes, 'x')])
  let left = messages
  const next = () => {
    if (left > 0 && !hasLeft()) response.write(message)
    left--
    if (left > 0 && !hasLeft()) {
      setTimeout(next, everyMs)
      return
    }
    if (!hasLeft()) response.end()
    onEnd()
  }
  next()
}
