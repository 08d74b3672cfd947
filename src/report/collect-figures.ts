// The figures of one scenario's requests: counts, latency, send lag, time series, distribution. Sends count at once,
// answers and attempts when their request is settled.

import type { RequestSent } from '../core/history.ts'
import type { ScenarioReport } from '../core/report-model.ts'
import { Histogram } from '../stats/histogram.ts'
import { collectDistribution } from './collect-distribution.ts'
import { collectSeries } from './collect-series.ts'
import type { SettledRequest } from './open-requests.ts'
import { hasLatency, outcomeOf, succeeded } from './outcome.ts'

export interface Figures {
  /** `startMs` is the scenario's start. */
  sent(event: RequestSent, startMs: number): void
  settled(request: SettledRequest, startMs: number): void
  finish(): Pick<ScenarioReport, 'requests' | 'latency' | 'sendLag' | 'series' | 'binMs' | 'histogram'>
}

export function collectFigures(plannedMs: number): Figures {
  const latency = new Histogram()
  const sendLag = new Histogram()
  const distribution = collectDistribution()
  const series = collectSeries(plannedMs)
  const counts = { sent: 0, succeeded: 0, failed: 0, attempts: 0 }
  const byOutcome = new Map<string, number>()
  const byAttempts = new Map<string, number>()
  return {
    sent(event, startMs) {
      counts.sent++
      sendLag.record(event.atMs - event.intendedMs)
      series.sent(event.intendedMs - startMs)
    },
    settled({ sent, answered, attempts }, startMs) {
      counts.attempts += attempts.length
      increment(byAttempts, String(attempts.length))
      series.attempts(sent.intendedMs - startMs, attempts.length)
      if (answered === undefined) return
      const failed = !succeeded(answered)
      const latencyMs = hasLatency(answered) ? answered.latencyMs : undefined
      counts[failed ? 'failed' : 'succeeded']++
      increment(byOutcome, outcomeOf(answered))
      series.answered(sent.intendedMs - startMs, failed, latencyMs)
      if (latencyMs === undefined) return
      latency.record(latencyMs)
      distribution.record(latencyMs)
    },
    finish: () => ({
      requests: { ...counts, byOutcome: inOrder(byOutcome), byAttempts: inOrder(byAttempts) },
      latency: {
        p50Ms: latency.percentileMs(50),
        p90Ms: latency.percentileMs(90),
        p99Ms: latency.percentileMs(99),
        maxMs: latency.maxMs,
      },
      sendLag: { p50Ms: sendLag.percentileMs(50), p99Ms: sendLag.percentileMs(99), maxMs: sendLag.maxMs },
      series: series.finish(),
      binMs: series.binMs,
      histogram: distribution.finish(),
    }),
  }
}

function increment(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

function inOrder(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].sort(([left], [right]) => left.localeCompare(right, 'en', { numeric: true })))
}
