// The hop's side that faces the emulator: keep-alive connections over HTTP/1.1, bodies streamed. It sets no time limit; a
// frozen emulator is the caller's to give up on.

import { Agent, request as httpRequest, type IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { endToEnd, type Headers } from './exchange.ts'

export interface ForwardRequest {
  readonly method: string
  readonly path: string
  readonly headers: Headers
  readonly body: Buffer | Readable
}

export interface ForwardAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: IncomingMessage
}

export interface Forwarder {
  /** Rejects when no answer came: connection refused or lost, or `signal` aborted. */
  send(origin: string, request: ForwardRequest, signal: AbortSignal): Promise<ForwardAnswer>
  close(): void
}

/** Shorter than the emulator keeps idle connections, so that it does not close one just when it is used. */
const idleMs = 2000

export function startForwarder(): Forwarder {
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 64, scheduling: 'lifo', timeout: idleMs })
  return {
    async send(origin, request, signal) {
      try {
        return await sendOnce(agent, origin, request, signal)
      } catch (error) {
        // The other side may close an idle connection at the very moment. What never reached it may be sent again.
        if (!(error instanceof StaleConnection)) throw error
        return sendOnce(undefined, origin, request, signal)
      }
    },
    close: () => agent.destroy(),
  }
}

class StaleConnection extends Error {}

function sendOnce(agent: Agent | undefined, origin: string, request: ForwardRequest, signal: AbortSignal) {
  const { body } = request
  const streams = !Buffer.isBuffer(body)
  const { promise, resolve, reject } = Promise.withResolvers<ForwardAnswer>()
  const url = new URL(origin)
  const outgoing = httpRequest({
    hostname: url.hostname,
    port: url.port,
    method: request.method,
    path: request.path,
    headers: request.headers as Record<string, string | string[]>,
    // A streamed body cannot be sent twice, so it goes on a connection that cannot be stale.
    agent: streams || agent === undefined ? false : agent,
    signal,
  })
  outgoing.on('response', (incoming) => {
    resolve({ status: incoming.statusCode ?? 0, headers: endToEnd(incoming.headers), body: incoming })
  })
  outgoing.on('error', (error: NodeJS.ErrnoException) => {
    const stale = outgoing.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE')
    reject(stale ? new StaleConnection(error.message) : error)
  })
  // An answer before the whole body was read is an answer; then the rest of the body may fail.
  if (streams) pipeline(body, outgoing).catch(reject)
  else outgoing.end(body)
  return promise
}
