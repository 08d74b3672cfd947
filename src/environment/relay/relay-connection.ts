// One TCP connection through the relay: bytes go both ways at the speed of the slower side, a half-closed side stays half
// closed, a reset is handed on as a reset. The fault that it met, if any, was chosen before; here it is carried out.
//
//   Envoy under test ──► client socket ──► upstream socket ──► fault listener
//                    ◄── steps of the fault ◄──

import { createServer, constants as http2Constants } from 'node:http2'
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { monotonicMs } from '../../core/clock.ts'
import type { TcpFault } from '../../core/fault.ts'
import { answerSteps, paced, paceOf, passAll, type Step, type Steps } from './answer-fault.ts'

export interface MetFault {
  readonly name: string
  readonly what: TcpFault
}

/** As `ConnectionClosed` of the history, on the monotonic clock and by host key. */
export interface ClosedConnection {
  readonly hostKey: string
  readonly connection: number
  readonly client: string
  readonly startMs: number
  readonly atMs: number
  readonly fault?: string
  readonly what?: string
  readonly bytesUp: number
  readonly bytesDown: number
  readonly closedBy: 'client' | 'upstream' | 'relay'
}

export interface RelayedConnection {
  readonly client: Socket
  readonly hostKey: string
  readonly connection: number
  readonly http2: boolean
  readonly target: { readonly address: string; readonly port: number }
  readonly fault?: MetFault
  readonly onClosed: (closed: ClosedConnection) => void
}

/** What was passed on before a reset is to be read before the reset arrives. */
const readWithinMs = 5

export function relayConnection(options: RelayedConnection): void {
  const { client, fault } = options
  const what = fault?.what
  const ending = watchEnd(options)
  client.setNoDelay(true)
  if (what?.kind === 'reset' && what.at === 'accept') {
    ending.reset()
    return
  }
  if (what?.kind === 'reset' && what.at === 'request') {
    client.once('data', () => ending.reset())
    return
  }
  if (what?.kind === 'hang') {
    client.resume()
    client.once('end', () => client.end())
    return
  }
  if (what?.kind === 'refuse-stream') {
    refusing.emit('connection', client)
    return
  }
  pipeBoth(options, ending)
}

interface Ending {
  readonly upstreamIs: (socket: Socket) => void
  /** By the relay, because of the fault. */
  readonly reset: () => void
  readonly cut: () => void
}

function watchEnd({ client, hostKey, connection, fault, onClosed }: RelayedConnection): Ending {
  const startMs = monotonicMs()
  const address = `${client.remoteAddress ?? ''}:${client.remotePort ?? ''}`
  let upstream: Socket | undefined
  let closedBy: ClosedConnection['closedBy'] | undefined
  let isCut = false
  const by = (side: ClosedConnection['closedBy']) => {
    closedBy ??= side
  }
  /** Says more than the end of one direction that came before it. */
  const brokenBy = (side: 'client' | 'upstream') => {
    if (closedBy !== 'relay') closedBy = side
  }
  client.on('end', () => by('client'))
  client.on('error', () => {
    brokenBy('client')
    upstream?.resetAndDestroy()
  })
  client.once('close', () => {
    upstream?.destroy()
    // A body that ended before its cut met no fault.
    const met = fault?.what.kind === 'cut' && !isCut ? undefined : fault
    onClosed({
      hostKey,
      connection,
      client: address,
      startMs,
      atMs: monotonicMs(),
      ...(met === undefined ? {} : { fault: met.name, what: wordsOf(met.what) }),
      bytesUp: upstream?.bytesWritten ?? 0,
      bytesDown: client.bytesWritten,
      closedBy: closedBy ?? 'relay',
    })
  })
  return {
    upstreamIs(socket) {
      upstream = socket
      socket.on('end', () => by('upstream'))
      socket.on('error', () => {
        brokenBy('upstream')
        client.resetAndDestroy()
      })
      socket.once('close', () => {
        // What ended in good order may still be on its way to the client.
        if (!socket.readableEnded) client.destroy()
      })
    },
    reset() {
      closedBy = 'relay'
      client.resetAndDestroy()
    },
    cut() {
      closedBy = 'relay'
      isCut = true
      client.end()
      upstream?.destroy()
    },
  }
}

function pipeBoth(options: RelayedConnection, ending: Ending): void {
  const { client, target, fault, http2 } = options
  const what = fault?.what
  const upstream = connect({ host: target.address, port: target.port, allowHalfOpen: true, noDelay: true })
  ending.upstreamIs(upstream)
  const requestSteps = what?.kind === 'bandwidth' ? paced(paceOf(what.bytesPerSecond)) : passAll
  void pump(client, upstream, requestSteps, ending)
  void pump(upstream, client, what === undefined ? passAll : answerSteps(what, http2), ending)
}

/** Ends when the source has ended, or either side is gone: their own events tell of that. */
async function pump(from: Socket, to: Socket, steps: Steps, ending: Ending): Promise<void> {
  try {
    for await (const chunk of from.iterator({ destroyOnReturn: false })) {
      for (const step of steps(chunk as Buffer)) {
        if (!(await carryOut(step, to, ending))) return
      }
    }
    to.end()
  } catch {
    // A socket that was destroyed midway; whoever did that knows.
  }
}

/** False when nothing is to follow. */
async function carryOut(step: Step, to: Socket, ending: Ending): Promise<boolean> {
  if (step.do === 'end') {
    ending.cut()
    return false
  }
  if (step.do === 'reset') {
    await pause(readWithinMs)
    ending.reset()
    return false
  }
  const { bytes, pace } = step
  if (pace === undefined) return write(to, bytes)
  for (let at = 0; at < bytes.length; at += pace.bytes) {
    if (!(await write(to, bytes.subarray(at, at + pace.bytes)))) return false
    await pause(pace.everyMs)
  }
  return true
}

/** Resolves when there is room for more; false when there never will be. */
async function write(to: Socket, bytes: Buffer): Promise<boolean> {
  if (to.destroyed || to.writableEnded) return false
  if (to.write(bytes)) return true
  const { promise, resolve } = Promise.withResolvers<void>()
  to.once('drain', resolve)
  to.once('close', resolve)
  await promise
  to.off('drain', resolve)
  to.off('close', resolve)
  return !to.destroyed
}

const refusing = createServer().on('stream', (stream) => {
  stream.on('error', () => undefined)
  stream.close(http2Constants.NGHTTP2_REFUSED_STREAM)
})
refusing.on('sessionError', () => undefined)

function wordsOf(what: TcpFault): string {
  switch (what.kind) {
    case 'reset':
      return `reset at ${what.at}`
    case 'slow':
      return `body slowed to ${what.bytes} bytes every ${what.everyMs} ms`
    case 'cut':
      return `cut after ${what.afterBytes} bytes of the body`
    case 'bandwidth':
      return `limited to ${what.bytesPerSecond} bytes/s`
    case 'refuse-stream':
      return 'stream refused'
    case 'hang':
      return 'never answered'
    default:
      return what.kind
  }
}
