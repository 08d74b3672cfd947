// Rule `counters`: what the Envoy under test counted equals the history to the last request, for the counters that are
// exact (ENVOY.md section 8). Where the log lines cannot tell, a range is expected. It is asked only of a history that is
// whole, because it cannot be more exact than what it is compared with.

import type { AttemptLogged, Counters, HostEjected } from '../../core/history.ts'
import { endedInBackOff, failureOf } from './retriable.ts'
import { isRetryRefused } from './retry-breaker.ts'
import type { WholeRequest } from './rule.ts'

export const counters = {
  name: 'counters',
  about: "Envoy's counters differ from the history",
} as const

interface Range {
  min: number
  max: number
}

export interface CounterMismatch {
  readonly stat: string
  readonly expected: string
  readonly observed: number
  readonly cluster: string
}

export interface CounterLedger {
  admit(request: WholeRequest): void
  ejected(event: HostEjected): void
  observe(event: Counters): void
  /** Of these clusters. Undefined when the counters were not read on both sides, or too early. */
  compare(
    clusters: readonly string[],
  ): { readonly compared: number; readonly wrong: readonly CounterMismatch[] } | undefined
}

const always = [
  'upstream_rq_total',
  'upstream_rq_retry',
  'upstream_rq_retry_limit_exceeded',
  'upstream_rq_retry_overflow',
  'upstream_rq_retry_success',
  'upstream_rq_per_try_timeout',
  'outlier_detection.ejections_enforced_total',
] as const
const overflows = ['upstream_rq_pending_overflow', 'upstream_rq_active_overflow'] as const

export function counterLedger(): CounterLedger {
  const expected = new Map<string, Range>()
  let before: Counters | undefined
  let after: Counters | undefined
  let lastMs = Number.NEGATIVE_INFINITY

  function count(cluster: string, stat: string, min: number, max = min) {
    const key = `cluster.${cluster}.${stat}`
    const range = expected.get(key) ?? { min: 0, max: 0 }
    expected.set(key, { min: range.min + min, max: range.max + max })
  }

  return {
    admit(request) {
      lastMs = Math.max(lastMs, request.logged.atMs)
      const { cluster } = request.logged
      if (cluster !== '') countRequest(request, (stat, min, max) => count(cluster, stat, min, max))
    },
    ejected(event) {
      if (event.kind === 'host-returned' || !event.enforced) return
      lastMs = Math.max(lastMs, event.atMs)
      count(event.cluster, 'outlier_detection.ejections_enforced_total', 1)
    },
    observe(event) {
      if (event.envoy !== 'egress') return
      if (event.phase === 'before') before ??= event
      else after = event
    },
    compare(clusters) {
      if (before === undefined || after === undefined || after.atMs < lastMs) return undefined
      const grown = (stat: string) => (after?.values[stat] ?? 0) - (before?.values[stat] ?? 0)
      for (const cluster of clusters) for (const stat of [...always, 'overflow']) count(cluster, stat, 0)
      const wrong: CounterMismatch[] = []
      let compared = 0
      for (const [stat, { min, max }] of expected) {
        const cluster = clusters.find((name) => stat.startsWith(`cluster.${name}.`))
        if (cluster === undefined) continue
        compared++
        const observed = stat.endsWith('.overflow')
          ? overflows.reduce((sum, name) => sum + grown(stat.replace(/overflow$/, name)), 0)
          : grown(stat)
        if (observed >= min && observed <= max) continue
        wrong.push({ stat, cluster, observed, expected: min === max ? String(min) : `${min} to ${max}` })
      }
      return { compared, wrong }
    },
  }
}

type Count = (stat: string, min: number, max?: number) => void

function countRequest(request: WholeRequest, count: Count): void {
  const { attempts, logged } = request
  const last = attempts.at(-1)
  count('upstream_rq_total', attempts.filter((attempt) => attempt.readyMs !== undefined).length)
  count('upstream_rq_per_try_timeout', attempts.filter((attempt) => attempt.flags.includes('UT')).length)
  count('overflow', attempts.filter((attempt) => failureOf(attempt) === 'overflow').length)
  count('upstream_rq_retry', Math.max(0, logged.attempts - 1))
  if (logged.flags.includes('URX')) count('upstream_rq_retry_limit_exceeded', 1)
  if (isRetryRefused(request)) count('upstream_rq_retry_overflow', 1)
  for (const attempt of attempts) {
    // Counted when a retry is decided, also when the back-off then was cut short.
    if (attempt.code > 0 && (attempt !== last || endedInBackOff(request))) {
      count(`retry.upstream_rq_${attempt.code}`, 1)
    }
  }
  if (attempts.length > 1 && last !== undefined) countRetrySuccess(request, last, count)
}

/** A success is a retried request whose last outcome is not retried; of a failure only Envoy knows whether it is one. */
function countRetrySuccess({ logged, attempts }: WholeRequest, last: AttemptLogged, count: Count): void {
  if (logged.attempts > attempts.length || failureOf(last) === 'cut') return
  const certain = failureOf(last) === 'none' && logged.details === 'via_upstream'
  const impossible = logged.flags.includes('URX') || isRetryRefused({ logged })
  if (!impossible) count('upstream_rq_retry_success', certain ? 1 : 0, 1)
}
