// How late the timers of the Envoy under test may be, on its own clock. A client asks for the pulse listener again and again
// (a 5 ms timer each); the time between two answers bounds how long Envoy's thread can have stood still in between, so no
// timer of its can be later than that. Send lag and the lag of our own processes do not show it: the kernel may have
// stopped Envoy alone.

import { connect } from 'node:net'
import type { NewEvent } from '../../core/history.ts'

const request = 'GET / HTTP/1.1\r\nhost: pulse\r\n\r\n'
/** An ordinary gap: the 5 ms timer, a kernel tick, the way there and back. */
const ordinaryMs = 10
const reportEveryMs = 50

export interface Pulse {
  close(): void
}

/** Keeps asking until it is closed. A lost connection is opened again, but for a process that has ended. */
export function startPulse(port: number): Pulse {
  let closed = false
  let socket = open()
  function open() {
    const opened = connect({ host: '127.0.0.1', port, noDelay: true }, () => opened.write(request))
    opened.on('data', () => opened.write(request))
    opened.on('error', () => {})
    opened.once('close', () => {
      if (closed) return
      const timer = setTimeout(() => {
        if (!closed) socket = open()
      }, 50)
      timer.unref()
    })
    return opened
  }
  return {
    close() {
      closed = true
      socket.destroy()
    },
  }
}

/** When the pulse was answered, in milliseconds since the epoch; `undefined` for any other line. */
export function readPulseLine(line: string): number | undefined {
  // A quote inside somebody's text would be escaped, so only our own template can look like this.
  if (!line.includes('"l":"P"')) return undefined
  return Number((JSON.parse(line) as { readonly e?: string }).e) * 1000
}

/** Turns the times of answers into heartbeats: every long gap, and one every 50 ms to show that somebody looked. */
export function pulseReader(scenario: string, emit: (event: NewEvent) => void): (answeredMs: number) => void {
  let lastMs: number | undefined
  let reportedMs = Number.NEGATIVE_INFINITY
  return (answeredMs) => {
    const gapMs = answeredMs - (lastMs ?? answeredMs)
    lastMs = answeredMs
    if (gapMs <= ordinaryMs && answeredMs - reportedMs < reportEveryMs) return
    reportedMs = answeredMs
    emit({ kind: 'heartbeat', src: 'egress', atMs: answeredMs, scenario, lateMs: gapMs })
  }
}
