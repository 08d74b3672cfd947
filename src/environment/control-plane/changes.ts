// Tells polls that are held that something has changed. A waiter names the count that it read before it looked, so a
// change between its looking and its waiting is never missed.

export interface Changes {
  /** Counts up with every change. */
  readonly count: number
  announce(): void
  /** Resolves at once when there was a change after `count`, else at the next one, after `limitMs`, or at `left`'s abort. */
  after(count: number, limitMs: number, left: AbortSignal): Promise<void>
}

export function changes(): Changes {
  const waiting = new Set<() => void>()
  let count = 0
  return {
    get count() {
      return count
    },
    announce() {
      count++
      for (const wake of [...waiting]) wake()
    },
    after: (seen, limitMs, left) =>
      new Promise((resolve) => {
        if (seen !== count || left.aborted) return resolve()
        const wake = () => {
          waiting.delete(wake)
          left.removeEventListener('abort', wake)
          clearTimeout(timer)
          resolve()
        }
        const timer = setTimeout(wake, limitMs)
        waiting.add(wake)
        left.addEventListener('abort', wake)
      }),
  }
}
