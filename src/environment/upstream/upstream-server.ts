// One upstream host: an HTTP/1.1 or HTTP/2 (cleartext) server with a service time and a capacity. Requests beyond the
// capacity wait in order. Work goes on for a client that has left, as it does in real services: that is what makes retry
// storms costly. It injects no faults.

import { createServer as createHttp1, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttp2, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2'
import type { AddressInfo } from 'node:net'
import type { UpstreamRecord } from '../../core/scenario-record.ts'
import { serviceTimeMs } from './service-time.ts'

export interface UpstreamHost {
  readonly hostKey: string
  readonly address: string
  readonly port: number
  readonly http2: boolean
  readonly upstream: UpstreamRecord
}

type Request = IncomingMessage | Http2ServerRequest
type Response = ServerResponse | Http2ServerResponse

/** Waiting requests a host accepts; more are answered 503 at once, so that memory stays bounded. */
const queueMax = 100_000
const longKeepAliveMs = 600_000

/** Resolves when the host listens. Rejects with the system's error, for instance EADDRINUSE. */
export function startUpstreamHost(host: UpstreamHost, seed: string): Promise<{ readonly port: number }> {
  const answer = answerer(host.upstream, seed)
  const handle = (request: Request, response: Response) => {
    request.resume()
    request.once('end', () => answer(request, response))
  }
  const server = host.http2 ? createHttp2(handle) : createHttp1({ keepAliveTimeout: longKeepAliveMs }, handle)
  if ('requestTimeout' in server) {
    server.requestTimeout = 0
    server.headersTimeout = 0
  }
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(host.port, host.address, 4096, () => resolve({ port: (server.address() as AddressInfo).port }))
  })
}

function answerer(upstream: UpstreamRecord, seed: string): (request: Request, response: Response) => void {
  const capacity = upstream.capacity ?? Number.POSITIVE_INFINITY
  const body = Buffer.alloc(upstream.bodyBytes, 'x')
  const waiting: (() => void)[] = []
  let busy = 0

  const work = (request: Request, response: Response) => {
    busy++
    const requestId = String(request.headers['x-shaketable-id'] ?? '')
    const attempt = Number(request.headers['x-envoy-attempt-count'] ?? 1)
    setTimeout(
      () => {
        busy--
        if (!response.writableEnded && !response.destroyed) send(response, upstream.status, body)
        waiting.shift()?.()
      },
      serviceTimeMs(seed, requestId, attempt, upstream.serviceTime),
    )
  }

  return (request, response) => {
    if (busy < capacity) return work(request, response)
    if (waiting.length >= queueMax) return send(response, 503, Buffer.alloc(0))
    waiting.push(() => work(request, response))
  }
}

function send(response: Response, status: number, body: Buffer): void {
  // The two response types have the same methods with overloads that do not unify.
  const plain = response as ServerResponse
  plain.writeHead(status, { 'content-type': 'text/plain', 'content-length': body.length })
  plain.end(body)
}
