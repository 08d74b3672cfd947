// Sends requests to a server in this same thread through the very code that carries the load, so that its first real
// requests do not pay for compilation. The server is a bare socket that knows one answer; nothing reaches the history.

import { createServer, type Server } from 'node:net'
import { monotonicMs } from '../core/clock.ts'
import type { PlannedRequest } from '../core/planned-request.ts'
import { Exchange, type ExchangeContext } from './exchange.ts'
import { Http1Transport } from './http1.ts'
import type { LoadTarget, WarmUpResult } from './load-job.ts'
import { Tally } from './tally.ts'

const requestsMax = 3000
/** It ends here even on a machine that is too busy to do them all. */
const limitMs = 450
const concurrency = 16
const answer = 'HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\nok'

export async function warmUp(): Promise<WarmUpResult> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    // One request in flight a connection, so a chunk is a request.
    socket.on('data', () => socket.write(answer))
  })
  const port = await listen(server)
  const startMs = monotonicMs()
  const requests = await sendMany({ address: '127.0.0.1', port }, startMs)
  server.close()
  return { requests, tookMs: monotonicMs() - startMs }
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      if (address !== null && typeof address === 'object') resolve(address.port)
      else reject(new Error(`a TCP server has an address with a port, got ${String(address)}`))
    })
  })
}

function sendMany(target: LoadTarget, startMs: number): Promise<number> {
  const transport = new Http1Transport(target)
  return new Promise((resolve) => {
    let started = 0
    let ended = 0
    const begin = () => new Exchange(context, warmUpRequest(started, monotonicMs() - startMs)).begin()
    const context: ExchangeContext = {
      scenario: '',
      originMs: startMs,
      startMs,
      transport,
      tally: new Tally(),
      emit: () => {},
      onEnd: () => {
        ended++
        if (started < requestsMax && monotonicMs() - startMs < limitMs) {
          started++
          // From the loop's next turn, as the schedule would, not from within undici's callback.
          setImmediate(begin)
        } else if (ended === started) {
          setImmediate(() => {
            transport.close()
            resolve(ended)
          })
        }
      },
    }
    for (; started < concurrency; started++) begin()
  })
}

function warmUpRequest(order: number, atMs: number): PlannedRequest {
  return {
    id: `warm-up-${order}`,
    traffic: 0,
    atMs,
    method: 'GET',
    host: 'warm-up',
    path: '/',
    headers: { 'x-warm-up': 'yes' },
    bodyBytes: 0,
    timeoutMs: 1000,
    plan: [],
  }
}
