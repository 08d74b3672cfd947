// Caps how many TCP connects are under way at once, never how many connections are open: a cold start or a stall makes
// many requests want a connection at the same time, and hundreds of connects at once slow each other down so that more
// are wanted still. Waiting connects go in order; each can be cancelled, which frees its place at once.

import { connect, type Socket } from 'node:net'
import type { ConnectionFigures, LoadTarget } from './load-job.ts'

export const concurrentConnectsMax = 6

/** `undefined` error means connected, and the socket's errors are the caller's from then on. Not after a cancel. */
export type OnConnect = (error: Error | undefined, socket: Socket) => void

interface Waiting {
  readonly start: () => void
}

export class ConnectGate {
  readonly #target: LoadTarget
  readonly #waiting = new Set<Waiting>()
  #connecting = 0
  #open = 0
  #opened = 0
  #failed = 0
  #peakOpen = 0
  #peakConnecting = 0

  constructor(target: LoadTarget) {
    this.#target = target
  }

  /** Connects as soon as there is a place. The returned function cancels, destroying what was begun. */
  open(onConnect: OnConnect): () => void {
    let cancelStarted: (() => void) | undefined
    const waiting = {
      start: () => {
        cancelStarted = this.#start(onConnect)
      },
    }
    this.#waiting.add(waiting)
    this.#admit()
    return () => {
      this.#waiting.delete(waiting)
      cancelStarted?.()
    }
  }

  /** A connect would start at once. */
  get hasRoom(): boolean {
    return this.#connecting < concurrentConnectsMax
  }

  figures(): ConnectionFigures {
    return {
      opened: this.#opened,
      failed: this.#failed,
      peakOpen: this.#peakOpen,
      peakConnecting: this.#peakConnecting,
    }
  }

  #admit(): void {
    for (const waiting of this.#waiting) {
      if (!this.hasRoom) return
      this.#waiting.delete(waiting)
      waiting.start()
    }
  }

  #start(onConnect: OnConnect): () => void {
    const socket = connect({ host: this.#target.address, port: this.#target.port, noDelay: true })
    this.#connecting++
    this.#peakConnecting = Math.max(this.#peakConnecting, this.#connecting)
    let settled = false
    const settle = (error?: Error) => {
      if (settled) return false
      settled = true
      this.#connecting--
      if (error) this.#failed++
      else this.#countOpen(socket)
      return true
    }
    const onError = (error: Error) => {
      if (!settle(error)) return
      onConnect(error, socket)
      this.#admit()
    }
    socket.once('error', onError)
    socket.once('connect', () => {
      if (!settle()) return
      socket.off('error', onError)
      onConnect(undefined, socket)
      this.#admit()
    })
    return () => {
      if (!settle(new Error('cancelled'))) return
      socket.on('error', () => {})
      socket.destroy()
      this.#admit()
    }
  }

  #countOpen(socket: Socket): void {
    this.#opened++
    this.#open++
    this.#peakOpen = Math.max(this.#peakOpen, this.#open)
    socket.once('close', () => {
      this.#open--
    })
  }
}
