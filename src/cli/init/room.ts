// How much a cluster and a route bear before something breaks that was not meant to: timers, breakers, ejection. The figures
// are generous, because a first scenario must not fail on a busy machine.

import type { DeclaredCluster, DeclaredRoute } from '../../mesh/policy.ts'

export interface Room {
  /** Breakers let nothing through. */
  readonly refusesAll: boolean
  /** A timer is so short that a busy machine alone could make it fire. */
  readonly isTight: boolean
  /** Outlier detection may take a host out that answers badly. */
  readonly canEject: boolean
  /** First tries may hang until the per-try timeout, and the next ones still have time. */
  readonly perTryRoom: boolean
  /** The upstream may hang for a moment, with the route timeout as the only cure. */
  readonly canHang: boolean
  /** So late may an answer be without any consequence. */
  readonly lateMs?: number
}

const tightMs = 60
const perTryMaxMs = 2000
const routeMaxMs = 3000
const lateMinMs = 20
const lateMaxMs = 200
/** Slots that must be left when all goes as planned. */
const spareSlots = 8

export function roomFor(route: DeclaredRoute, cluster: DeclaredCluster, ratePerSecond: number): Room {
  const { breakers } = cluster
  const perTryMs = perTryOf(route)
  const timersMs = [route.timeoutMs, perTryMs ?? 0].filter((ms) => ms > 0)
  const shortestMs = Math.min(...timersMs, Number.POSITIVE_INFINITY)
  const slots =
    cluster.protocol === 'HTTP/2' ? breakers.maxRequests : Math.min(breakers.maxConnections, breakers.maxRequests)
  const held = (ms: number) => (ratePerSecond * ms) / 1000 + spareSlots
  const lateMs = Math.min(lateMaxMs, Math.floor(shortestMs / 4 / 10) * 10)
  return {
    refusesAll: breakers.maxRequests === 0 || (cluster.protocol === 'HTTP/1.1' && breakers.maxPendingRequests === 0),
    isTight: shortestMs < tightMs,
    canEject: canEject(cluster),
    perTryRoom: hasPerTryRoom(route) && spareSlots <= slots,
    canHang: perTryMs === undefined && route.timeoutMs > 0 && route.timeoutMs <= routeMaxMs && spareSlots <= slots,
    ...(lateMs >= lateMinMs && held(lateMs) <= slots ? { lateMs } : {}),
  }
}

/** A per-try timeout that is not below the route timeout is none. */
function perTryOf({ retry, timeoutMs }: DeclaredRoute): number | undefined {
  const perTryMs = retry?.perTryTimeoutMs
  return perTryMs === undefined || (timeoutMs > 0 && perTryMs >= timeoutMs) ? undefined : perTryMs
}

function hasPerTryRoom(route: DeclaredRoute): boolean {
  const { retry, timeoutMs } = route
  const perTryMs = perTryOf(route)
  if (retry === undefined || perTryMs === undefined || retry.retries < 1 || perTryMs > perTryMaxMs) return false
  const isRetried = ['5xx', 'gateway-error', 'reset'].some((condition) => retry.on.includes(condition))
  const wholeMs = perTryMs + retry.backOffBaseMs + Math.max(200, perTryMs / 2)
  return isRetried && (timeoutMs === 0 || wholeMs <= timeoutMs)
}

/** Envoy ejects only while (ejected + 1) / hosts stays within `max_ejection_percent`. */
function canEject(cluster: DeclaredCluster): boolean {
  return cluster.outlier !== undefined && 100 / hostsFor(cluster) <= cluster.outlier.maxEjectionPercent
}

const hostsMax = 9

/** As many hosts as the config lists, as far as a scenario can have them. */
export function hostsFor({ hosts = 1 }: DeclaredCluster): number {
  return Math.min(hostsMax, Math.max(1, hosts))
}
