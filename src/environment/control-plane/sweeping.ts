// Forgets hosts that stopped refreshing, ten times a lifetime. A sweep that comes far too late means that this process was
// frozen: nobody could refresh meanwhile, so everybody is pardoned instead.

import { monotonicMs } from '../../core/clock.ts'
import type { Registrations } from './registrations.ts'

/** Calls `changed` when a host was forgotten. Returns what ends it. */
export function startSweeping(registrations: Registrations, lifetimeMs: number, changed: () => void): () => void {
  const everyMs = lifetimeMs / 10
  let lastMs = monotonicMs()
  let sweeping = false
  const sweep = async () => {
    if (sweeping) return
    sweeping = true
    const nowMs = monotonicMs()
    const wasFrozen = nowMs - lastMs > lifetimeMs / 2
    lastMs = nowMs
    try {
      if (wasFrozen) await registrations.pardon()
      else if (await registrations.sweep()) changed()
    } catch {
      // The store could not be read or written this time; the next sweep tries again.
    }
    sweeping = false
  }
  const timer = setInterval(() => void sweep(), everyMs)
  return () => clearInterval(timer)
}
