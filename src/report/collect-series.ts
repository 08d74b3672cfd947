// The time series of one scenario: about sixty bins over its duration, each with what happened to the requests whose
// intended send time lies in it. Requests outside the planned duration count in the first or last bin.

import type { SeriesBin } from '../core/report-model.ts'
import { type BinLatency, binLatency } from './bin-latency.ts'

const binsWanted = 60
const niceMs = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000, 120_000, 300_000, 600_000]

/** A round width that gives about sixty bins, between 24 and 60. */
export function chooseBinMs(durationMs: number): number {
  const exactMs = durationMs / binsWanted
  return niceMs.find((candidate) => candidate >= exactMs) ?? Math.ceil(exactMs)
}

export interface Series {
  readonly binMs: number
  /** `sinceStartMs` is the intended send time since the scenario's start. */
  sent(sinceStartMs: number): void
  answered(sinceStartMs: number, failed: boolean, latencyMs: number | undefined): void
  attempts(sinceStartMs: number, count: number): void
  finish(): readonly SeriesBin[]
}

interface OpenBin {
  sent: number
  failed: number
  attempts: number
  latency?: BinLatency
}

export function collectSeries(durationMs: number): Series {
  const binMs = chooseBinMs(durationMs)
  const bins: OpenBin[] = Array.from({ length: Math.max(1, Math.ceil(durationMs / binMs)) }, () => ({
    sent: 0,
    failed: 0,
    attempts: 0,
  }))
  const binAt = (sinceStartMs: number): OpenBin => {
    const index = Math.min(bins.length - 1, Math.max(0, Math.floor(sinceStartMs / binMs)))
    return bins[index] ?? { sent: 0, failed: 0, attempts: 0 }
  }
  return {
    binMs,
    sent(sinceStartMs) {
      binAt(sinceStartMs).sent++
    },
    answered(sinceStartMs, failed, latencyMs) {
      const bin = binAt(sinceStartMs)
      if (failed) bin.failed++
      if (latencyMs === undefined) return
      bin.latency ??= binLatency()
      bin.latency.record(latencyMs)
    },
    attempts(sinceStartMs, count) {
      binAt(sinceStartMs).attempts += count
    },
    finish: () => bins.map((bin, index) => closeBin(bin, index * binMs)),
  }
}

function closeBin({ latency, ...counts }: OpenBin, fromMs: number): SeriesBin {
  if (latency === undefined) return { fromMs, ...counts }
  return {
    fromMs,
    ...counts,
    p50Ms: latency.percentileMs(50),
    p99Ms: latency.percentileMs(99),
    maxMs: latency.maxMs(),
  }
}
