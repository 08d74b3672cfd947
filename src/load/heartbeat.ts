// A timer that tells how late it fired. What delays it delays the schedule too, so checks can tell a slow mesh from a
// machine (or a worker) that did not get to run.

import { monotonicMs } from '../core/clock.ts'

export const heartbeatEveryMs = 50
/** Less is the grain of timers. */
const worthTellingMs = 2
/** Told at least this often, so that silence means a stall and not a lack of lag. */
const tellEveryMs = 250

/** `onBeat` gets the lateness when it is above 2 ms, and once in 250 ms whatever it is. Returns what stops it. */
export function startHeartbeat(onBeat: (atMs: number, lateMs: number) => void): () => void {
  let toldMs = monotonicMs()
  let expectedMs = toldMs + heartbeatEveryMs
  let timer = setTimeout(beat, heartbeatEveryMs)
  function beat(): void {
    const nowMs = monotonicMs()
    const lateMs = Math.max(0, nowMs - expectedMs)
    // A little slack, because timers fire up to a millisecond early.
    if (lateMs > worthTellingMs || nowMs - toldMs >= tellEveryMs - 1) {
      toldMs = nowMs
      onBeat(nowMs, lateMs)
    }
    expectedMs = nowMs + heartbeatEveryMs
    timer = setTimeout(beat, heartbeatEveryMs)
  }
  return () => clearTimeout(timer)
}
