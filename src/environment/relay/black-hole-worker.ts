// Worker that keeps a listening port on which nobody ever accepts: its thread sleeps, so that connections pile up in a
// backlog that it has filled itself, and the kernel ignores whoever else wants to connect. Woken up, it looks whom it had
// caught before the backlog was full, and lets go of the port.

import { connect, createServer, type Socket } from 'node:net'
import { parentPort } from 'node:worker_threads'

export interface FallAsleep {
  readonly address: string
  readonly port: number
  /** One Int32; its value changes when it is time to wake. */
  readonly sleep: SharedArrayBuffer
}

export type BlackHoleMessage =
  | { readonly kind: 'ready' }
  /** The backlog is full; the thread sleeps from now on. */
  | { readonly kind: 'asleep' }
  | { readonly kind: 'failed'; readonly reason: string }
  /** Addresses of strangers that were in the backlog. */
  | { readonly kind: 'awake'; readonly caught: readonly string[] }

/** Linux holds one more than it is told. */
const backlog = 1
const fillers = 8

const port = parentPort
if (port === null) throw new Error('black-hole-worker is a worker thread, started by black-hole')
const say = (message: BlackHoleMessage) => port.postMessage(message)

port.once('message', ({ address, port: listenPort, sleep }: FallAsleep) => {
  const own: Socket[] = []
  const caught: string[] = []
  const server = createServer((socket) => {
    const client = `${socket.remoteAddress ?? ''}:${socket.remotePort ?? ''}`
    if (!own.some(({ localPort }) => localPort === socket.remotePort)) caught.push(client)
    socket.on('error', () => undefined)
    socket.resetAndDestroy()
  })
  server.once('error', ({ message }: Error) => say({ kind: 'failed', reason: message }))
  server.listen({ host: address, port: listenPort, backlog, exclusive: true }, () => {
    for (let count = 0; count < fillers; count++) {
      own.push(connect({ host: address, port: listenPort }).on('error', () => undefined))
    }
    // Connects are on their way once the tick is over; the loop must not turn again, or it would accept them.
    process.nextTick(() => process.nextTick(sleepUntilWoken))
  })

  function sleepUntilWoken(): void {
    say({ kind: 'asleep' })
    Atomics.wait(new Int32Array(sleep), 0, 0)
    // One turn of the loop takes what is in the backlog.
    setImmediate(() =>
      setImmediate(() => {
        for (const socket of own) socket.destroy()
        server.close()
        say({ kind: 'awake', caught })
      }),
    )
  }
})
say({ kind: 'ready' })
