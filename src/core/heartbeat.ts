// A timer that tells every 50 ms how late it fired, so that checks know when the machine, or a worker, did not get to run.
// Every beat is told, also one in time: shares of late ones are only right when the others are counted, too.

import { monotonicMs } from './clock.ts'

export const heartbeatEveryMs = 50

/** `atMs` is monotonic. Returns what stops it. */
export function startHeartbeat(onBeat: (atMs: number, lateMs: number) => void): () => void {
  let dueMs = monotonicMs() + heartbeatEveryMs
  const timer = setInterval(() => {
    const nowMs = monotonicMs()
    const lateMs = Math.max(0, nowMs - dueMs)
    // An interval counts from its last firing, however late that was.
    dueMs = nowMs + heartbeatEveryMs
    onBeat(nowMs, lateMs)
  }, heartbeatEveryMs)
  return () => clearInterval(timer)
}
