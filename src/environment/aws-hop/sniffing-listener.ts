// One loopback port for HTTP/1.1 and for HTTP/2 cleartext with prior knowledge, which the SDK v3's Kinesis client speaks. The
// first bytes of a connection tell which: HTTP/2 opens with `PRI * HTTP/2.0`. It knows nothing of AWS.

import { once } from 'node:events'
import { createServer as createHttp1, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttp2, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2'
import { type AddressInfo, createServer, type Socket } from 'node:net'

export type Request = IncomingMessage | Http2ServerRequest
export type Response = ServerResponse | Http2ServerResponse

export interface SniffingListener {
  readonly port: number
  /** Closes every connection, whatever is under way on it. */
  stop(): Promise<void>
}

const preface = Buffer.from('PRI')
/** A connection that never says anything is let go. */
const silenceMs = 60_000

/** `handle` gets the raw socket as well, so that it can reset the connection. */
export async function listenSniffing(
  port: number,
  handle: (request: Request, response: Response, socket: Socket) => void,
): Promise<SniffingListener> {
  const sockets = new Set<Socket>()
  // Without time limits of its own: how long a call may take is its caller's business, and a keep-alive connection that we
  // closed just when it is used again would look like a fault.
  const http1 = createHttp1({ requestTimeout: 0, headersTimeout: 0, keepAliveTimeout: 0 })
  http1.on('request', (request, response) => handle(request, response, request.socket))
  const http2 = createHttp2()
  http2.on('sessionError', () => undefined)
  http1.on('clientError', (_error, socket) => socket.destroy())

  const socketOfSession = new WeakMap<object, Socket>()
  let handedOver: Socket | undefined
  http2.on('session', (session) => {
    if (handedOver !== undefined) socketOfSession.set(session, handedOver)
  })
  http2.on('request', (request, response) => {
    const { session } = request.stream
    const socket = session === undefined ? undefined : socketOfSession.get(session)
    if (socket !== undefined) handle(request, response, socket)
    else request.stream.close()
  })

  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => undefined)
    firstBytes(socket, (chunk) => {
      const plain = !chunk.subarray(0, preface.length).equals(preface)
      socket.unshift(chunk)
      handedOver = socket
      ;(plain ? http1 : http2).emit('connection', socket)
      handedOver = undefined
      // Reading goes on with whoever has the connection now.
      if (plain) socket.resume()
    })
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

/** Reads until the protocol is known. */
function firstBytes(socket: Socket, then: (chunk: Buffer) => void): void {
  let seen = Buffer.alloc(0)
  socket.setTimeout(silenceMs, () => socket.destroy())
  const take = (chunk: Buffer) => {
    seen = Buffer.concat([seen, chunk])
    if (seen.length < preface.length && preface.subarray(0, seen.length).equals(seen)) return
    socket.off('data', take)
    socket.pause()
    socket.removeAllListeners('timeout')
    socket.setTimeout(0)
    then(seen)
  }
  socket.on('data', take)
}
