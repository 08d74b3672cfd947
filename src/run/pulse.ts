// Tells every 50 ms how late a timer of ours fired, so that checks know when the machine was busy. Every beat is told, also
// one in time: shares of late ones are only right when the others are counted, too.

import { monotonicMs } from '../core/clock.ts'
import type { NewEvent } from '../core/history.ts'

export const pulseMs = 50

/** Returns what stops it. */
export function startPulse(emit: (event: NewEvent) => void, originMs: number): () => void {
  let dueMs = monotonicMs() + pulseMs
  const timer = setInterval(() => {
    const nowMs = monotonicMs()
    const lateMs = Math.max(0, nowMs - dueMs)
    // An interval counts from its last firing, however late that was.
    dueMs = nowMs + pulseMs
    emit({ kind: 'heartbeat', src: 'runner', atMs: nowMs - originMs, scenario: '', lateMs })
  }, pulseMs)
  return () => clearInterval(timer)
}
