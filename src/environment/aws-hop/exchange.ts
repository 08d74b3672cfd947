// A call under way, seen from the hop's side that faces the function: the same few verbs for HTTP/1.1 and HTTP/2. It knows
// when the caller is gone, and hands on bodies no faster than the caller takes them.

import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Request, Response } from './sniffing-listener.ts'

export type Headers = Readonly<Record<string, string | readonly string[]>>

/** How a body is handed on; absent: whole, and as fast as it comes. */
export interface BodyPace {
  /** The connection is reset after so many bytes. */
  readonly cutAfterBytes?: number
  readonly bytesPerSecond?: number
}

export type BodyEnd = 'whole' | 'cut' | 'source-failed' | 'caller-gone'

export interface Exchange {
  readonly method: string
  /** Path and query, as sent. */
  readonly path: string
  readonly headers: Headers
  readonly requestBody: Readable
  /** Aborted once the caller hung up before its answer was complete. */
  readonly gone: AbortSignal
  reply(status: number, headers: Headers, body: Buffer): Promise<BodyEnd>
  stream(status: number, headers: Headers, body: AsyncIterable<Buffer>, pace?: BodyPace): Promise<BodyEnd>
  /** TCP reset of the whole connection. */
  reset(): void
  /** False when the caller hung up meanwhile. */
  pause(ms: number): Promise<boolean>
}

/** Headers that belong to one connection, not to the message. */
const perConnection = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'te',
  'trailer',
  'upgrade',
  'http2-settings',
  // Node has already answered `100 Continue`.
  'expect',
])

/** What may be handed on: without pseudo-headers, and without those of one connection. */
export function endToEnd(headers: Readonly<Record<string, string | readonly string[] | undefined>>): Headers {
  const kept: Record<string, string | readonly string[]> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !name.startsWith(':') && !perConnection.has(name)) kept[name] = value
  }
  return kept
}

export function exchangeOf(request: Request, response: Response, socket: Socket): Exchange {
  const gone = new AbortController()
  // The two kinds differ in overloads only.
  const writable = response as ServerResponse
  // Node's compatible HTTP/2 response says `finish` however its stream ended, so the stream itself is asked.
  const stream = 'stream' in request ? request.stream : undefined
  const isWhole = () =>
    stream === undefined
      ? writable.writableFinished
      : stream.writableFinished && !stream.aborted && stream.rstCode === 0
  response.on('close', () => {
    if (!isWhole()) gone.abort()
  })
  response.on('error', () => gone.abort())
  request.on('error', () => undefined)
  const authority = request.headers[':authority']
  const headers = endToEnd(request.headers)

  /** False when the caller hung up before `what` happened. */
  const untilGone = async (what: Promise<unknown>): Promise<boolean> => {
    const { promise: hungUp, resolve } = Promise.withResolvers<false>()
    const leave = () => resolve(false)
    gone.signal.addEventListener('abort', leave, { once: true })
    return Promise.race([what.then(() => true), hungUp])
      .catch(() => false)
      .finally(() => gone.signal.removeEventListener('abort', leave))
  }
  /** Writes one piece; false when nobody takes it any more. `untilSent` waits until it has left. */
  const write = async (piece: Buffer, untilSent: boolean): Promise<boolean> => {
    if (gone.signal.aborted) return false
    const { promise: sent, resolve } = Promise.withResolvers<void>()
    const roomLeft = writable.write(piece, () => resolve())
    if (roomLeft && !untilSent) return true
    return untilGone(untilSent ? sent : once(writable, 'drain', { signal: gone.signal }))
  }
  const end = async (): Promise<BodyEnd> => {
    if (gone.signal.aborted) return 'caller-gone'
    const finish = once(response, 'finish', { signal: gone.signal })
    response.end()
    return (await untilGone(finish)) && isWhole() ? 'whole' : 'caller-gone'
  }
  const open = (status: number, head: Headers): boolean => {
    if (gone.signal.aborted || socket.destroyed) return false
    writable.writeHead(status, head as Record<string, string | string[]>)
    return true
  }

  const exchange: Exchange = {
    method: request.method ?? 'GET',
    path: request.url ?? '/',
    headers: typeof authority === 'string' ? { host: authority, ...headers } : headers,
    requestBody: request,
    gone: gone.signal,
    async reply(status, head, body) {
      if (!open(status, head)) return 'caller-gone'
      if (body.length > 0 && exchange.method !== 'HEAD' && !(await write(body, false))) return 'caller-gone'
      return end()
    },
    async stream(status, head, body, pace = {}) {
      if (!open(status, head)) return 'caller-gone'
      try {
        const untilSent = pace.cutAfterBytes !== undefined
        for await (const piece of paced(body, pace, gone.signal)) {
          if (!(await write(piece, untilSent))) return 'caller-gone'
        }
      } catch {
        if (gone.signal.aborted) return 'caller-gone'
        exchange.reset()
        return 'source-failed'
      }
      if (pace.cutAfterBytes === undefined) return end()
      socket.destroy()
      return 'cut'
    },
    reset: () => void socket.resetAndDestroy(),
    pause: (ms) => sleep(ms, true, { signal: gone.signal }).catch(() => false),
  }
  return exchange
}

/** Longest piece of a slowed body, so that the pace is even: a twentieth of a second. */
const piecesPerSecond = 20

async function* paced(body: AsyncIterable<Buffer>, pace: BodyPace, signal: AbortSignal): AsyncGenerator<Buffer> {
  const { bytesPerSecond } = pace
  let left = pace.cutAfterBytes ?? Number.POSITIVE_INFINITY
  if (left <= 0) return
  for await (const whole of body) {
    const chunk = whole.length > left ? whole.subarray(0, left) : whole
    left -= chunk.length
    const step = bytesPerSecond === undefined ? chunk.length : Math.max(1, Math.ceil(bytesPerSecond / piecesPerSecond))
    for (let from = 0; from < chunk.length; from += step) {
      const piece = chunk.subarray(from, from + step)
      yield piece
      if (bytesPerSecond !== undefined) await sleep((piece.length / bytesPerSecond) * 1000, undefined, { signal })
    }
    if (left <= 0) return
  }
}
