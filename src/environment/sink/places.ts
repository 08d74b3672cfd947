// A limit on what is worked on at once: who comes when all places are taken waits, in order.

export interface Places {
  /** Resolves when there is a place; false, at once, when too many wait already. */
  take(): Promise<boolean>
  /** Gives a place back, to the one that waits longest. */
  release(): void
}

export function places(capacity: number, waitingMax: number): Places {
  // A Map keeps its order, and its first entry goes without moving the others.
  const waiting = new Map<number, () => void>()
  let came = 0
  let busy = 0
  return {
    async take() {
      if (busy < capacity) {
        busy++
        return true
      }
      if (waiting.size >= waitingMax) return false
      await new Promise<void>((resolve) => waiting.set(came++, resolve))
      return true
    },
    release() {
      const [first] = waiting
      if (first === undefined) {
        busy--
        return
      }
      const [number, go] = first
      waiting.delete(number)
      go()
    },
  }
}
