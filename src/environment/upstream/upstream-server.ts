// One upstream host: an HTTP/1.1 or HTTP/2 (cleartext) server with a service time and a capacity. Requests beyond the
// capacity wait in order. gRPC calls over HTTP/2 are answered as such (grpc-answer.ts). Work goes on for a client that has left, as it does in real services: that is what makes retry
// storms costly. It injects no faults.

import { createServer as createHttp1, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttp2, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2'
import type { AddressInfo, Server } from 'node:net'
import { messageCounter } from '../../core/grpc-messages.ts'
import type { UpstreamRecord } from '../../core/scenario-record.ts'
import { answerCall, isGrpc } from './grpc-answer.ts'
import { serviceTimeMs } from './service-time.ts'

export interface UpstreamHost {
  readonly hostKey: string
  readonly address: string
  /** 0: any free one. */
  readonly port: number
  readonly http2: boolean
  readonly upstream: UpstreamRecord
}

export interface StartedUpstreamHost {
  readonly port: number
  close(): Promise<void>
}

type Request = IncomingMessage | Http2ServerRequest
type Response = ServerResponse | Http2ServerResponse
type Reply = (request: Request, response: Response, onEnd: () => void) => void

/** Waiting requests a host accepts; more are answered 503 at once, so that memory stays bounded. */
const queueMax = 100_000
/** A connection closed for idleness looks like a fault to whoever is about to use it. */
const longKeepAliveMs = 600_000
const backlog = 4096

/** Resolves when the host listens. Rejects with the system's error, for instance EADDRINUSE. */
export function startUpstreamHost(host: UpstreamHost, seed: string): Promise<StartedUpstreamHost> {
  const answer = answerer(host.upstream, seed)
  const body = Buffer.alloc(host.upstream.bodyBytes, 'x')
  const plainly: Reply = (request, response, onEnd) => {
    send(request, response, host.upstream.status, body)
    onEnd()
  }
  const handle = (request: Request, response: Response) => {
    const reply = asCall(request, response, host.upstream) ?? plainly
    request.resume()
    request.once('end', () => answer(request, response, reply))
  }
  const server: Server = host.http2
    ? createHttp2(handle)
    : createHttp1({ keepAliveTimeout: longKeepAliveMs, requestTimeout: 0, headersTimeout: 0 }, handle)
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(host.port, host.address, backlog, () =>
      resolve({
        port: (server.address() as AddressInfo).port,
        close: () => closed(server),
      }),
    )
  })
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    if ('closeAllConnections' in server) (server.closeAllConnections as () => void)()
  })
}

/** How a gRPC call is answered; `undefined` for any other request, and where the upstream has nothing but an HTTP status to say. */
function asCall(request: Request, response: Response, upstream: UpstreamRecord): Reply | undefined {
  if (!('stream' in response) || !isGrpc(request.headers) || upstream.status !== 200) return undefined
  const read = messageCounter()
  request.on('data', (chunk: Buffer) => read.read(chunk))
  return (_request, _response, onEnd) => answerCall(response, read, upstream, onEnd)
}

function answerer(
  upstream: UpstreamRecord,
  seed: string,
): (request: Request, response: Response, reply: Reply) => void {
  const capacity = upstream.capacity ?? Number.POSITIVE_INFINITY
  const waiting: (() => void)[] = []
  let busy = 0

  const work = (request: Request, response: Response, reply: Reply) => {
    busy++
    const requestId = String(request.headers['x-shaketable-id'] ?? '')
    const attempt = Number(request.headers['x-envoy-attempt-count'] ?? 1)
    setTimeout(
      () => {
        reply(request, response, () => {
          busy--
          waiting.shift()?.()
        })
      },
      serviceTimeMs(seed, requestId, attempt, upstream.serviceTime),
    )
  }

  return (request, response, reply) => {
    if (busy < capacity) return work(request, response, reply)
    if (waiting.length >= queueMax) return send(request, response, 503, Buffer.alloc(0))
    waiting.push(() => work(request, response, reply))
  }
}

function send(request: Request, response: Response, status: number, body: Buffer): void {
  if (response.writableEnded || response.destroyed) return
  // The two response types have the same methods with overloads that do not unify.
  const plain = response as ServerResponse
  // 204 and 304 have no body, and must not speak of one.
  const headers = bodiless.has(status) ? {} : { 'content-type': 'text/plain', 'content-length': body.length }
  plain.writeHead(status, headers)
  if (bodiless.has(status) || request.method === 'HEAD') plain.end()
  else plain.end(body)
}

const bodiless: ReadonlySet<number> = new Set([204, 304])
