// HTTP/1.1 by undici clients: one connection each, one request in flight on it, taken from a free list whose last used
// comes first, so that a quiet run stays on few warm connections. A request that finds none free asks for a new one and
// takes whichever is ready first, a new or a freed one; otherwise a short stall would breed connections that slow down the
// next requests. No redirects, no decompression, no retries: only what undici proves unwritten (the server closed an idle
// connection under it) moves to another connection.

import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import { Client, type Dispatcher } from 'undici'
import type { PlannedRequest } from '../core/planned-request.ts'
import { ConnectGate } from './connect-gate.ts'
import type { ConnectionFigures, LoadTarget } from './load-job.ts'
import { slowBody } from './slow-body.ts'
import {
  bodyOf,
  connectError,
  connectionsMax,
  describeError,
  errorCode,
  headersWithoutHost,
  type RequestListener,
  type Transport,
  toldOf,
} from './transport.ts'

/** A client and its only connection; undici is not let make another. */
interface Lane {
  readonly client: Client
  readonly socket: Socket
}

interface Order {
  readonly request: PlannedRequest
  readonly listener: RequestListener
  lane: Lane | undefined
  moves: number
  isAbandoned: boolean
}

/** What an answer leaves behind: a lane for the next request, a dead one, or a request that was not written. */
type Outcome = 'free' | 'spent' | 'stale'

/** Each move has proof that nothing was written; a server that kills every connection still must not make us loop. */
const movesMax = 3
const lostConnection = 'SHAKETABLE_LOST_CONNECTION'
/** Codes with which undici gives a request back that it had not begun to write. */
const staleCodes: ReadonlySet<string> = new Set([lostConnection, 'ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'])

export class Http1Transport implements Transport {
  readonly #origin: string
  readonly #gate: ConnectGate
  readonly #free: Lane[] = []
  readonly #lanes = new Set<Lane>()
  /** In order of arrival. */
  readonly #waiting = new Set<Order>()
  /** Cancels of the connects under way, the oldest first. */
  readonly #connects = new Set<() => void>()

  constructor(target: LoadTarget) {
    const host = target.address.includes(':') ? `[${target.address}]` : target.address
    this.#origin = `http://${host}:${target.port}`
    this.#gate = new ConnectGate(target)
  }

  send(request: PlannedRequest, listener: RequestListener): () => void {
    const order: Order = { request, listener, lane: undefined, moves: 0, isAbandoned: false }
    this.#place(order)
    return () => this.#abandon(order)
  }

  figures(): ConnectionFigures {
    return this.#gate.figures()
  }

  close(): void {
    this.#waiting.clear()
    for (const cancel of this.#connects) cancel()
    this.#connects.clear()
    for (const lane of this.#lanes) this.#drop(lane)
    this.#free.length = 0
  }

  #place(order: Order): void {
    const lane = this.#takeFree()
    if (lane) {
      this.#begin(order, lane)
    } else if (this.#lanes.size + this.#waiting.size >= connectionsMax) {
      order.listener.failed('not-sent', `${connectionsMax} requests are open or wait, no more connections are opened`)
    } else {
      this.#waiting.add(order)
      this.#connectForWaiting()
    }
  }

  #takeFree(): Lane | undefined {
    for (let lane = this.#free.pop(); lane; lane = this.#free.pop()) {
      if (!lane.socket.destroyed) return lane
    }
    return undefined
  }

  #connectForWaiting(): void {
    while (this.#connects.size < this.#waiting.size && this.#gate.hasRoom) {
      const cancel = this.#gate.open((error, socket) => {
        this.#connects.delete(cancel)
        if (error) this.#failFirstWaiting(error)
        else this.#offer(this.#createLane(socket))
        this.#connectForWaiting()
      })
      this.#connects.add(cancel)
    }
  }

  #failFirstWaiting(error: Error): void {
    for (const order of this.#waiting) {
      this.#waiting.delete(order)
      order.listener.failed(connectError(error), describeError(error))
      return
    }
  }

  #createLane(socket: Socket): Lane {
    let isUsed = false
    const client = new Client(this.#origin, {
      pipelining: 1,
      allowH2: false,
      // The plan's own time limit rules; undici's would end requests at times of its own.
      headersTimeout: 0,
      bodyTimeout: 0,
      // As long as a run at most; a server's own `keep-alive: timeout` still shortens it.
      keepAliveTimeout: 600_000,
      connect: (_options, callback) => {
        const wasUsed = isUsed
        isUsed = true
        // undici does not go on from a callback within its own call.
        queueMicrotask(() => {
          if (wasUsed) callback(Object.assign(new Error('the connection was lost'), { code: lostConnection }), null)
          else callback(null, socket)
        })
      },
    })
    const lane: Lane = { client, socket }
    // undici hears nothing of a socket that it has not been given yet.
    socket.on('error', () => {})
    // Only the count: the client still has to give back a request that it had not written.
    socket.once('close', () => this.#lanes.delete(lane))
    this.#lanes.add(lane)
    return lane
  }

  /** A lane is ready: for who waits longest, else for the free list. */
  #offer(lane: Lane): void {
    if (lane.socket.destroyed) return
    for (const order of this.#waiting) {
      this.#waiting.delete(order)
      this.#begin(order, lane)
      return
    }
    this.#free.push(lane)
  }

  #begin(order: Order, lane: Lane): void {
    order.lane = lane
    const handler = new AnswerHandler(order.listener, (outcome) => {
      order.lane = undefined
      if (outcome === 'free') this.#offer(lane)
      else this.#drop(lane)
      if (outcome === 'stale' && !order.isAbandoned) this.#move(order)
    })
    lane.client.dispatch(dispatchOptions(order.request), handler)
  }

  #move(order: Order): void {
    order.moves++
    if (order.moves <= movesMax) this.#place(order)
    else order.listener.failed('reset', `${order.moves} connections closed before the request was written`)
  }

  #abandon(order: Order): void {
    order.isAbandoned = true
    if (order.lane) this.#drop(order.lane)
    if (!this.#waiting.delete(order)) return
    // It waited in vain, so the connect that has lasted longest hangs and would keep its place for ever.
    for (const cancel of this.#connects) {
      this.#connects.delete(cancel)
      cancel()
      break
    }
    this.#connectForWaiting()
  }

  #drop(lane: Lane): void {
    this.#lanes.delete(lane)
    if (!lane.client.destroyed) void lane.client.destroy()
    lane.socket.destroy()
  }
}

function dispatchOptions(request: PlannedRequest): Dispatcher.DispatchOptions {
  const { bodyBytes, slowBody: slow } = request
  const lengthOfSlow = slow === undefined ? [] : ['content-length', String(bodyBytes)]
  const whole = bodyBytes > 0 ? bodyOf(bodyBytes) : null
  return {
    method: request.method,
    path: request.path,
    headers: ['host', request.host, ...headersWithoutHost(request.headers).flat(), ...lengthOfSlow],
    body: slow === undefined ? whole : Readable.from(slowBody(bodyBytes, slow)),
    // undici closes the connection after HEAD and after a GET with a body unless told not to.
    reset: false,
  }
}

/** Turns undici's callbacks into the listener's story; `release` says what the lane is good for afterwards. */
class AnswerHandler implements Dispatcher.DispatchHandler {
  readonly #listener: RequestListener
  readonly #release: (outcome: Outcome) => void
  #written = false
  #status = 0
  #bytes = 0
  #isLast = false

  constructor(listener: RequestListener, release: (outcome: Outcome) => void) {
    this.#listener = listener
    this.#release = release
  }

  onRequestStart(): void {
    this.#written = true
    this.#listener.written()
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    if (status < 200) return
    this.#status = status
    this.#isLast = String(headers.connection ?? '')
      .toLowerCase()
      .includes('close')
    this.#listener.head(status, toldOf(headers))
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length
    this.#listener.bytes(chunk.length)
  }

  onResponseEnd(): void {
    this.#listener.done()
    this.#release(this.#isLast ? 'spent' : 'free')
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (!this.#written && staleCodes.has(errorCode(error))) {
      this.#release('stale')
      return
    }
    const detail = describeError(error)
    if (!this.#written) this.#listener.failed('not-sent', detail)
    else if (this.#status === 0) this.#listener.failed('reset', detail)
    else this.#listener.failed('truncated', `${this.#status} and ${this.#bytes} bytes, then ${detail}`)
    this.#release('spent')
  }
}
