// Remembers which TCP connections met a fault at the relay, so that an attempt can be asked what became of its own. What never
// met one is forgotten at once.

import type { AttemptLogged, ConnectionClosed, HistoryEvent } from '../../core/history.ts'

export interface RelayFaults {
  observe(event: HistoryEvent): void
  /** The end of the attempt's connection, where that met a fault. */
  metBy(attempt: AttemptLogged): ConnectionClosed | undefined
}

const connectionsMax = 50_000
/** Stamps of two processes; ports come back only after far longer. */
const marginMs = 100

export function relayFaults(): RelayFaults {
  const met = new Map<string, ConnectionClosed>()
  return {
    observe(event) {
      if (event.kind !== 'connection-closed' || event.fault === undefined) return
      const key = `${event.cluster} ${event.client}`
      met.delete(key)
      met.set(key, event)
      if (met.size <= connectionsMax) return
      const [oldest] = met.keys()
      if (oldest !== undefined) met.delete(oldest)
    },
    metBy({ cluster, connection, startMs, atMs }) {
      const found = connection === undefined ? undefined : met.get(`${cluster} ${connection}`)
      if (found === undefined || found.atMs < startMs - marginMs || found.startMs > atMs + marginMs) return undefined
      return found
    },
  }
}
