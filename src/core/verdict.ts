// Verdicts and what explains them. Order of severity: fail > inconclusive > pass. A check that had nothing to look at is
// inconclusive, never pass.

import type { Place } from './errors.ts'

export type Verdict = 'pass' | 'fail' | 'inconclusive'

const severity: Readonly<Record<Verdict, number>> = { pass: 0, inconclusive: 1, fail: 2 }

/** The worst of several verdicts; of none at all it is inconclusive. */
export function worst(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.length === 0) return 'inconclusive'
  return verdicts.reduce((left, right) => (severity[right] > severity[left] ? right : left))
}

/** One row of a request's timeline, in milliseconds since the run's origin. */
export interface TimelineRow {
  readonly startMs: number
  readonly endMs: number
  /** `client`, `attempt 1`, `back-off`, ... */
  readonly lane: string
  /** What happened in plain words, for instance `503 (abort injected)`. */
  readonly label: string
  readonly outcome: 'ok' | 'failed' | 'waiting'
}

/** The line of the declared config behind a finding. */
export interface ConfigLine extends Place {
  /** The source line, or the value in JSON where there are no lines. */
  readonly text: string
}

/** One deviation, explained so that a person can act on it. */
export interface Finding {
  /** Rule or check that found it, for instance `retry-reason`. */
  readonly rule: string
  readonly message: string
  readonly expected?: string
  readonly observed?: string
  readonly requestId?: string
  /** In a pipeline: `bucket/key`, and the line of it, counted from 1. */
  readonly object?: string
  readonly line?: number
  readonly config?: ConfigLine
  readonly timeline?: readonly TimelineRow[]
}

/** What a check concluded about one scenario. `looked` counts what it examined; `skipped` what it could not judge. */
export interface Conclusion {
  readonly verdict: Verdict
  /** One sentence, with the figures. */
  readonly summary: string
  readonly looked: number
  readonly skipped?: number
  /** At most 50, the worst first; `moreFindings` counts the rest. */
  readonly findings: readonly Finding[]
  readonly moreFindings?: number
  /** Figures that reporters may show, keyed by name with unit last (`p99Ms`). */
  readonly figures?: Readonly<Record<string, number>>
}
