// Calls back for each due time, never early and as close to it as the machine allows: a timer to within a fraction of a
// millisecond, then a short spin of the event loop. It does not look at what became of earlier requests, which is what
// makes the load open-loop.

import { monotonicMs } from '../core/clock.ts'

/**
 * Node's timers have whole milliseconds, so a request waits up to about 0.7 ms longer than it should, which is reported.
 * Spinning from 1 ms on would bring the median from 0.4 ms to 0.001 ms but burn a whole core at 1,000 requests/s
 * (measured), and the mesh under test needs that core.
 */
const spinBelowMs = 0.3
/** After a stall everything is due at once; between bursts the answers that wait are read. */
const burstMax = 64

export interface Schedule {
  /** No further callbacks. */
  stop(): void
}

/** `dueMs` is ascending, on the clock of `monotonicMs()`. `onEnd` comes after the last `onDue`, not after a stop. */
export function followSchedule(dueMs: readonly number[], onDue: (index: number) => void, onEnd: () => void): Schedule {
  let next = 0
  let stopped = false
  let timer: NodeJS.Timeout | undefined
  let immediate: NodeJS.Immediate | undefined

  const step = () => {
    for (let burst = 0; burst < burstMax && !stopped; burst++) {
      const due = dueMs[next]
      if (due === undefined) return onEnd()
      const waitMs = due - monotonicMs()
      if (waitMs > spinBelowMs) {
        timer = setTimeout(step, Math.max(1, Math.floor(waitMs)))
        return
      }
      if (waitMs > 0) break
      onDue(next++)
    }
    if (!stopped) immediate = setImmediate(step)
  }

  immediate = setImmediate(step)
  return {
    stop: () => {
      stopped = true
      clearTimeout(timer)
      clearImmediate(immediate)
    },
  }
}
