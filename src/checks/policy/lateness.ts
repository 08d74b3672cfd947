// How late the machine was around a request: the largest of its attempts' skews between the two Envoys, the client's send
// lag and the heartbeats nearby, never less than 10 ms (ENVOY.md, section 11). Timed rules widen their bounds by it, and
// skip the request when it is too large for its timers.

import type { Heartbeat } from '../../core/history.ts'
import type { DeclaredCluster, DeclaredRoute } from '../../mesh/policy.ts'
import type { WholeRequest } from './rule.ts'

export const latenessMinMs = 10
export const latenessMaxMs = 50
const nearbyMs = 250
const heartbeatsMax = 100_000

export interface MachineLag {
  /** Of the load generator and of the Envoy under test; the runner's own are left out. */
  observe(heartbeat: Heartbeat): void
  /** The worst heartbeat within 250 ms of the span; at least 10 ms. */
  worstMs(fromMs: number, toMs: number): number
  forget(beforeMs: number): void
}

export function machineLag(): MachineLag {
  let beats: Heartbeat[] = []
  return {
    observe(heartbeat) {
      // The runner's thread takes no part in a mesh's times: it reads logs and counters, and collects its own garbage.
      if (heartbeat.src === 'runner') return
      beats.push(heartbeat)
      if (beats.length > heartbeatsMax) beats = beats.slice(heartbeatsMax / 2)
    },
    worstMs(fromMs, toMs) {
      let worst = latenessMinMs
      for (let index = beats.length - 1; index >= 0; index--) {
        const beat = beats[index]
        if (beat === undefined) break
        // Beats come in order; a second more, because a writer may have mixed them up a little.
        if (beat.atMs < fromMs - nearbyMs - 1000) break
        const touches = beat.atMs >= fromMs - nearbyMs && beat.atMs - beat.lateMs <= toMs + nearbyMs
        if (touches) worst = Math.max(worst, beat.lateMs)
      }
      return worst
    },
    forget(beforeMs) {
      const keep = beats.findIndex((beat) => beat.atMs >= beforeMs - nearbyMs - 1000)
      if (keep > 1000) beats = beats.slice(keep)
    },
  }
}

export function latenessMs(request: WholeRequest, lag: MachineLag): number {
  const { sent, logged, attempts, seen, atRelay } = request
  const fromMs = Math.min(sent.atMs, logged.startMs)
  let worst = Math.max(lag.worstMs(fromMs, logged.atMs), sent.atMs - sent.intendedMs)
  for (const attempt of attempts) {
    const there = seen.find((one) => one.attempt === attempt.attempt)
    // A relay that slows a connection down is late on purpose.
    if (there === undefined || attempt.readyMs === undefined || atRelay?.has(attempt.attempt)) continue
    worst = Math.max(worst, Math.abs(there.startMs - attempt.readyMs))
    // A broken answer is closed late on purpose (`delayed_close_timeout`), so its end says nothing about lateness.
    if (attempt.flags.length === 0 && there.code === attempt.code) {
      worst = Math.max(worst, Math.abs(there.atMs - attempt.atMs))
    }
  }
  return worst
}

/** Up to which lateness the timers of a route can be judged: a quarter of the smallest, at most 50 ms. */
export function latenessLimitMs(route: DeclaredRoute, cluster: DeclaredCluster | undefined): number {
  const timers = [route.timeoutMs, route.retry?.perTryTimeoutMs, cluster?.connectTimeoutMs]
  const quarters = timers.filter((timer) => timer !== undefined && timer > 0).map((timer) => Number(timer) / 4)
  return Math.min(latenessMaxMs, ...quarters)
}

/** The per-try timeout that works: one that is not below the route timeout is ignored by Envoy. */
export function perTryTimeoutMs(route: DeclaredRoute): number | undefined {
  const perTry = route.retry?.perTryTimeoutMs
  if (perTry === undefined || perTry === 0) return undefined
  return route.timeoutMs > 0 && perTry >= route.timeoutMs ? undefined : perTry
}
