// For each bin of the time series the requests that stand for it: its slowest, and its slowest that failed. Ties go to the
// earlier one, so the same history gives the same exemplars. Only the most telling of them have their timeline with them: all
// would make a report of a whole suite several times as large.

import type { RequestExemplar } from '../core/report-model.ts'
import { chooseBinMs } from './collect-series.ts'
import type { SettledRequest } from './open-requests.ts'
import { hasLatency, succeeded } from './outcome.ts'
import { drawTimeline, tellStory } from './story.ts'

const failedTimelinesMax = 6
const timelinesMax = 12

export interface Exemplars {
  /** `startMs` is the scenario's start. */
  observe(request: SettledRequest, startMs: number): void
  /** In the order of time. */
  finish(): readonly RequestExemplar[]
}

interface Candidate {
  readonly request: SettledRequest
  readonly atMs: number
  readonly latencyMs: number
  readonly failed: boolean
}

interface Bin {
  slowest?: Candidate
  failed?: Candidate
}

export function collectExemplars(plannedMs: number): Exemplars {
  const binMs = chooseBinMs(plannedMs)
  const bins: Bin[] = Array.from({ length: Math.max(1, Math.ceil(plannedMs / binMs)) }, () => ({}))
  return {
    observe(request, startMs) {
      const { answered, sent } = request
      if (answered === undefined || !hasLatency(answered)) return
      const atMs = sent.intendedMs - startMs
      const bin = bins[Math.min(bins.length - 1, Math.max(0, Math.floor(atMs / binMs)))]
      if (bin === undefined) return
      const candidate = { request, atMs, latencyMs: answered.latencyMs, failed: !succeeded(answered) }
      if (beats(candidate, bin.slowest)) bin.slowest = candidate
      if (candidate.failed && beats(candidate, bin.failed)) bin.failed = candidate
    },
    finish() {
      const kept = [...new Set(bins.flatMap(({ slowest, failed }) => [slowest, failed]))].filter(
        (candidate) => candidate !== undefined,
      )
      const telling = mostTelling(kept)
      return kept
        .toSorted((left, right) => left.atMs - right.atMs)
        .map((candidate) => told(candidate, telling.has(candidate)))
    },
  }
}

function beats(candidate: Candidate, kept: Candidate | undefined): boolean {
  if (kept === undefined || candidate.latencyMs !== kept.latencyMs) return candidate.latencyMs > (kept?.latencyMs ?? -1)
  return candidate.atMs < kept.atMs
}

function mostTelling(candidates: readonly Candidate[]): ReadonlySet<Candidate> {
  const slowFirst = candidates.toSorted((left, right) => right.latencyMs - left.latencyMs)
  const failed = slowFirst.filter((candidate) => candidate.failed).slice(0, failedTimelinesMax)
  const others = slowFirst.filter((candidate) => !failed.includes(candidate))
  return new Set([...failed, ...others].slice(0, timelinesMax))
}

function told({ request, atMs, latencyMs, failed }: Candidate, withTimeline: boolean): RequestExemplar {
  return {
    requestId: request.sent.id,
    story: tellStory(request),
    atMs,
    latencyMs,
    failed,
    timeline: withTimeline ? drawTimeline(request) : undefined,
  }
}
