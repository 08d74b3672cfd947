// A map of what is known about each open request. Lines of Envoy's logs come in later than the client's answer, so an entry
// is forgotten a grace period after it was released, not at once; so memory holds open requests and those of the last two
// seconds only. Time is that of the events, not of the clock.

const graceMs = 2000

export interface RecentMap<Value> {
  get(id: string): Value | undefined
  set(id: string, value: Value): void
  delete(id: string): void
  /** Forget `id` once events are `graceMs` past `atMs`. */
  release(id: string, atMs: number): void
  values(): IterableIterator<Value>
  /** How many entries the limit pushed out. */
  readonly lost: number
}

/** Above `sizeMax` entries the oldest goes. */
export function recentMap<Value>(sizeMax = 1_000_000): RecentMap<Value> {
  const entries = new Map<string, Value>()
  let released: { readonly id: string; readonly dueMs: number }[] = []
  let next = 0
  let lost = 0
  return {
    get: (id) => entries.get(id),
    set(id, value) {
      entries.set(id, value)
      if (entries.size <= sizeMax) return
      const [oldest] = entries.keys()
      if (oldest !== undefined) entries.delete(oldest)
      lost++
    },
    delete: (id) => {
      entries.delete(id)
    },
    release(id, atMs) {
      released.push({ id, dueMs: atMs + graceMs })
      for (let due = released[next]; due !== undefined && due.dueMs <= atMs; due = released[next]) {
        entries.delete(due.id)
        next++
      }
      if (next < 1000) return
      released = released.slice(next)
      next = 0
    },
    values: () => entries.values(),
    get lost() {
      return lost
    },
  }
}
