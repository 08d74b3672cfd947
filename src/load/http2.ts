// HTTP/2 by prior knowledge on node:http2, which is three times as fast as undici's. Streams share sessions up to what the
// server allows; a further session is opened only when all are full. Nothing is sent twice, but for a stream that never
// got an id because its session died first.

import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2'
import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import { messageCounter } from '../core/grpc-messages.ts'
import { grpcStatusOfHttp } from '../core/grpc-status.ts'
import type { PlannedRequest } from '../core/planned-request.ts'
import { ConnectGate } from './connect-gate.ts'
import { grpcHeaders, grpcStatusOf, requestBytes, writeMessages } from './grpc-call.ts'
import type { ConnectionFigures, LoadTarget } from './load-job.ts'
import { slowBody } from './slow-body.ts'
import {
  bodyOf,
  connectError,
  describeError,
  headersWithoutHost,
  type RequestListener,
  type Transport,
  toldOf,
} from './transport.ts'

const sessionsMax = 64
/** Before the server's settings are known, and what most servers allow. */
const streamsBeforeSettings = 100
const streamsMax = 1000

interface Order {
  readonly request: PlannedRequest
  readonly listener: RequestListener
  readonly mayMove: boolean
  cancel: (() => void) | undefined
  cancelled: boolean
}

/** A session, or a connect that will become one and the orders that wait for it. */
interface Lane {
  session: ClientHttp2Session | undefined
  readonly waiting: Set<Order>
  streams: number
  streamsAllowed: number
  cancelConnect: (() => void) | undefined
}

export class Http2Transport implements Transport {
  readonly #authority: string
  readonly #gate: ConnectGate
  readonly #lanes = new Set<Lane>()
  /** What the server allowed last; new sessions start from it. */
  #streamsAllowed = streamsBeforeSettings

  constructor(target: LoadTarget) {
    const host = target.address.includes(':') ? `[${target.address}]` : target.address
    this.#authority = `http://${host}:${target.port}`
    this.#gate = new ConnectGate(target)
  }

  send(request: PlannedRequest, listener: RequestListener): () => void {
    const order: Order = { request, listener, mayMove: true, cancel: undefined, cancelled: false }
    this.#place(order)
    return () => {
      order.cancelled = true
      order.cancel?.()
    }
  }

  figures(): ConnectionFigures {
    return this.#gate.figures()
  }

  close(): void {
    for (const lane of this.#lanes) {
      lane.cancelConnect?.()
      lane.session?.destroy()
    }
    this.#lanes.clear()
  }

  #place(order: Order): void {
    const lane = this.#laneWithRoom() ?? this.#openLane()
    if (!lane) {
      order.listener.failed('not-sent', `${sessionsMax} sessions are full, no more are opened`)
      return
    }
    lane.streams++
    if (lane.session) {
      this.#begin(order, lane, lane.session)
      return
    }
    lane.waiting.add(order)
    order.cancel = () => {
      if (lane.waiting.delete(order)) lane.streams--
    }
  }

  #laneWithRoom(): Lane | undefined {
    for (const lane of this.#lanes) if (lane.streams < lane.streamsAllowed) return lane
    return undefined
  }

  #openLane(): Lane | undefined {
    if (this.#lanes.size >= sessionsMax) return undefined
    const lane: Lane = {
      session: undefined,
      waiting: new Set(),
      streams: 0,
      streamsAllowed: this.#streamsAllowed,
      cancelConnect: undefined,
    }
    this.#lanes.add(lane)
    lane.cancelConnect = this.#gate.open((error, socket) => {
      lane.cancelConnect = undefined
      if (error) this.#refuse(lane, error)
      else this.#startSession(lane, socket)
    })
    return lane
  }

  #refuse(lane: Lane, error: Error): void {
    this.#lanes.delete(lane)
    for (const order of lane.waiting) order.listener.failed(connectError(error), describeError(error))
    lane.waiting.clear()
  }

  #startSession(lane: Lane, socket: Socket): void {
    const session = connect(this.#authority, {
      createConnection: () => socket,
      settings: { enablePush: false, initialWindowSize: 1 << 20 },
    })
    lane.session = session
    const retire = () => {
      this.#lanes.delete(lane)
    }
    session.on('remoteSettings', (settings) => {
      lane.streamsAllowed = Math.min(settings.maxConcurrentStreams ?? streamsMax, streamsMax)
      this.#streamsAllowed = lane.streamsAllowed
    })
    session.on('goaway', retire)
    session.on('close', retire)
    // Each stream reports its own end; without a listener the error would end the process.
    session.on('error', retire)
    session.once('connect', () => session.setLocalWindowSize(1 << 24))
    for (const order of lane.waiting) this.#begin(order, lane, session)
    lane.waiting.clear()
  }

  #begin(order: Order, lane: Lane, session: ClientHttp2Session): void {
    let stream: ClientHttp2Stream
    try {
      stream = session.request(requestHeaders(order.request), { endStream: requestBytes(order.request) === 0 })
    } catch (error) {
      lane.streams--
      const dead = session.closed || session.destroyed
      if (dead) this.#lanes.delete(lane)
      if (dead && order.mayMove) this.#move(order)
      else order.listener.failed('not-sent', error instanceof Error ? describeError(error) : String(error))
      return
    }
    order.cancel = () => stream.close(constants.NGHTTP2_CANCEL)
    const { bodyBytes, grpc, slowBody: slow } = order.request
    if (grpc !== undefined && grpc.messages > 0) writeMessages(stream, grpc.messages, bodyBytes)
    else if (slow !== undefined) Readable.from(slowBody(bodyBytes, slow)).pipe(stream)
    else if (grpc === undefined && bodyBytes > 0) stream.end(bodyOf(bodyBytes))
    this.#follow(order, lane, stream)
  }

  #follow(order: Order, lane: Lane, stream: ClientHttp2Stream): void {
    const { listener } = order
    const call = order.request.grpc === undefined ? undefined : followCall(stream)
    let written = false
    let status = 0
    let bytes = 0
    let ended = false
    let failure: Error | undefined
    const markWritten = () => {
      written = true
      listener.written()
    }
    if (stream.pending) stream.once('ready', markWritten)
    else markWritten()
    stream.on('response', (headers) => {
      status = headers[':status'] ?? 0
      listener.head(status, toldOf(headers))
    })
    stream.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      listener.bytes(chunk.length)
    })
    stream.once('end', () => {
      ended = true
    })
    stream.once('error', (error) => {
      failure = error
    })
    stream.once('close', () => {
      lane.streams--
      if (order.cancelled) return
      // A stream that was reset ends, too; only its code, known now, tells that from a whole answer.
      if (ended && status !== 0 && !stream.aborted && stream.rstCode === constants.NGHTTP2_NO_ERROR) {
        const cut = call?.end(status, listener)
        if (cut === undefined) listener.done()
        else listener.failed('truncated', `${status} and ${bytes} bytes, then ${cut}`)
        return
      }
      if (!written && order.mayMove) {
        this.#move(order)
        return
      }
      const detail = failure ? describeError(failure) : `stream closed with code ${stream.rstCode}`
      if (status === 0) listener.failed('reset', detail)
      else listener.failed('truncated', `${status} and ${bytes} bytes, then ${detail}`)
    })
  }

  /** Another session for what was not written: once, so that a dying server cannot make us loop. */
  #move(order: Order): void {
    if (order.cancelled) return
    const moved: Order = { ...order, mayMove: false, cancel: undefined }
    order.cancel = () => {
      moved.cancelled = true
      moved.cancel?.()
    }
    this.#place(moved)
  }
}

/** Follows a gRPC call. Its `end` tells the listener what it came to, or returns what is missing of a whole answer. */
function followCall(stream: ClientHttp2Stream) {
  const messages = messageCounter()
  let grpcStatus: number | undefined
  stream.on('response', (headers) => {
    grpcStatus = grpcStatusOf(headers)
  })
  stream.on('trailers', (trailers) => {
    grpcStatus = grpcStatusOf(trailers) ?? grpcStatus
  })
  stream.on('data', (chunk: Buffer) => messages.read(chunk))
  return {
    end(httpStatus: number, listener: RequestListener): string | undefined {
      if (httpStatus !== 200) grpcStatus ??= grpcStatusOfHttp(httpStatus)
      if (grpcStatus === undefined) return 'the end of the call without a grpc-status'
      if (httpStatus === 200 && messages.isCut()) return 'the end of the call within a message'
      listener.call(grpcStatus, messages.count())
      return undefined
    },
  }
}

function requestHeaders(request: PlannedRequest): Record<string, string | number> {
  const headers: Record<string, string | number> = {
    ':method': request.method,
    ':path': request.path,
    ':scheme': 'http',
    ':authority': request.host,
  }
  for (const [name, value] of headersWithoutHost(request.headers)) headers[name.toLowerCase()] = value
  if (request.grpc !== undefined) return { ...headers, ...grpcHeaders, ':method': 'POST' }
  if (request.bodyBytes > 0) headers['content-length'] = request.bodyBytes
  return headers
}
