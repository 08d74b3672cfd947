// What differs between a run and the one before it, scenario by scenario, for those that both have. It plays no part in any
// verdict. A ratio `differs` where chance does not explain it; of latencies there are plain figures with their samples.

import type { Verdict } from './verdict.ts'

export interface RunComparison {
  /** Name of the other run's folder. */
  readonly run: string
  /** That folder, as seen from this run's. */
  readonly path: string
  readonly startedAt: string
  readonly seed: string
  readonly verdict: Verdict
  /** In the order of this run. */
  readonly scenarios: readonly ScenarioComparison[]
  /** Names of scenarios that only one of the two has. */
  readonly onlyNow: readonly string[]
  readonly onlyBefore: readonly string[]
}

export interface ScenarioComparison {
  readonly name: string
  readonly verdict: { readonly before: Verdict; readonly now: Verdict }
  /** Requests that succeeded; of a pipeline: lines that were delivered. */
  readonly success: RatioChange
  /** Requests that took more than one attempt; of a pipeline: lines that were delivered more than once. */
  readonly repeated: RatioChange
  /** Absent for a pipeline. */
  readonly attemptsPerRequest?: { readonly before: number; readonly now: number }
  /** Of a pipeline: freshness of lines. Absent where one of the runs has none. */
  readonly latency?: LatencyChange
  /** Kinds of findings (rule and words, whatever the numbers in them) that only one of the two has. */
  readonly findingsNew: readonly FindingKind[]
  readonly findingsGone: readonly FindingKind[]
}

export interface RatioChange {
  readonly before: { readonly hits: number; readonly trials: number }
  readonly now: { readonly hits: number; readonly trials: number }
  /** Exact bounds (one chance in a thousand each) do not overlap. */
  readonly differs: boolean
}

export interface LatencyChange {
  readonly p50: { readonly beforeMs: number; readonly nowMs: number }
  readonly p99: { readonly beforeMs: number; readonly nowMs: number }
  /** Requests, or lines, behind the figures. */
  readonly samples: { readonly before: number; readonly now: number }
}

export interface FindingKind {
  readonly rule: string
  /** Of the first of its kind. */
  readonly message: string
}
