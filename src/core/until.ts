// Waits for a moment on the monotonic clock, or for a signal. It never rejects: who asks decides what an interrupt means.

import { monotonicMs } from './clock.ts'

/** False when the signal cut it short, or had come before. */
export function until(atMs: number, signal: AbortSignal): Promise<boolean> {
  const waitMs = atMs - monotonicMs()
  if (waitMs <= 0 || signal.aborted) return Promise.resolve(!signal.aborted)
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve(!signal.aborted)
    }
    const timer = setTimeout(end, waitMs)
    signal.addEventListener('abort', end)
  })
}
