// Serves a registry at /metrics on loopback while a run is going on (`--metrics PORT`). It only reads, so it has no token;
// the Host header is checked, so that no web page can read it by a rebound name.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Registry } from 'prom-client'
import { EnvironmentError } from '../core/errors.ts'

export interface MetricsServer extends AsyncDisposable {
  readonly port: number
  readonly url: string
  close(): Promise<void>
}

/** Port 0 takes a free one. */
export async function serveMetrics(registry: Registry, port: number): Promise<MetricsServer> {
  const server = createServer((request, response) => void answer(registry, request, response))
  server.maxConnections = 16
  server.requestTimeout = 5000
  const listening = Promise.withResolvers<void>()
  server.once('error', (error: NodeJS.ErrnoException) => listening.reject(portError(port, error)))
  server.listen(port, '127.0.0.1', () => listening.resolve())
  await listening.promise
  const address = server.address()
  const bound = typeof address === 'object' && address !== null ? address.port : port
  const close = async (): Promise<void> => {
    const closed = Promise.withResolvers<void>()
    server.close(() => closed.resolve())
    server.closeAllConnections()
    await closed.promise
  }
  return { port: bound, url: `http://127.0.0.1:${bound}/metrics`, close, [Symbol.asyncDispose]: close }
}

async function answer(registry: Registry, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = request.url?.split('?', 1)[0]
  if (!/^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(request.headers.host ?? ''))
    return end(response, 421, 'not this host')
  if (path !== '/metrics') return end(response, 404, 'see /metrics')
  if (request.method !== 'GET' && request.method !== 'HEAD') return end(response, 405, 'GET only')
  try {
    end(response, 200, await registry.metrics(), registry.contentType)
  } catch (error) {
    end(response, 500, error instanceof Error ? error.message : 'metrics could not be read')
  }
}

function end(response: ServerResponse, status: number, body: string, type = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, { 'content-type': type, 'x-content-type-options': 'nosniff' }).end(body)
}

function portError(port: number, error: NodeJS.ErrnoException): EnvironmentError {
  const seen = error.code === 'EADDRINUSE' ? 'the port is taken' : error.message
  return new EnvironmentError(
    `metrics port ${port} on 127.0.0.1 could not be opened: ${seen}\n  hint: choose another with --metrics PORT, or 0 for a free one`,
  )
}
