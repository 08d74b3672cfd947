// What `explain` says about one request, or one object of a pipeline or a line of it: plain data, also what `-o json` prints.

import type { PlannedFault } from '../../core/history.ts'
import type { ConfigLine, Finding, TimelineRow, Verdict } from '../../core/verdict.ts'
import type { DeclaredRoute } from '../../mesh/policy.ts'

export const explanationSchema = 1

export interface ExplainedScenario {
  readonly name: string
  readonly file: string
  readonly verdict: Verdict
}

/** `violated` comes with what was expected and observed; `late`: the machine was too slow to tell. */
export interface RuleAnswer {
  readonly rule: string
  readonly said: 'kept' | 'violated' | 'late' | 'not asked' | 'switched off'
  readonly message?: string
  readonly expected?: string
  readonly observed?: string
  readonly config?: ConfigLine
}

export interface ExplainedFlag {
  readonly flag: string
  readonly words: string
}

export interface ExplainedAttempt {
  readonly attempt: number
  /** Since the first attempt. */
  readonly startMs: number
  readonly durationMs: number
  readonly code: number
  readonly grpcStatus?: number
  readonly flags: readonly ExplainedFlag[]
  readonly details: string
  readonly detailWords?: string
  readonly failureReason?: string
  readonly host: string
  /** What the fault listener in front of the upstream did to it; absent where it never came there. */
  readonly upstream?: { readonly code: number; readonly flags: readonly ExplainedFlag[]; readonly durationMs: number }
}

export interface ExplainedRequest {
  readonly schema: typeof explanationSchema
  readonly kind: 'request'
  readonly id: string
  readonly scenario: ExplainedScenario
  readonly method: string
  readonly host: string
  readonly path: string
  readonly answer: {
    readonly status?: number
    readonly grpcStatus?: number
    readonly error?: string
    readonly detail?: string
    readonly latencyMs?: number
  }
  readonly envoy?: {
    readonly code: number
    readonly flags: readonly ExplainedFlag[]
    readonly details: string
    readonly detailWords?: string
    readonly cluster: string
    readonly attempts: number
    readonly listener?: string
  }
  readonly timeline: readonly TimelineRow[]
  readonly plan: readonly PlannedFault[]
  readonly attempts: readonly ExplainedAttempt[]
  /** The route that it fell under, with the lines of the config; absent where none is declared for it. */
  readonly declared?: {
    readonly route: Omit<DeclaredRoute, 'lines'>
    readonly lines: Readonly<Record<string, ConfigLine>>
  }
  readonly isPushed: boolean
  /** The scenario expects `policy`; else the rules were asked for this explanation only. */
  readonly isPolicyExpected: boolean
  readonly rules: readonly RuleAnswer[]
  readonly findings: readonly Finding[]
}

export interface ExplainedObject {
  readonly schema: typeof explanationSchema
  readonly kind: 'object'
  readonly object: string
  readonly line?: number
  readonly scenario: ExplainedScenario
  readonly lines: number
  /** What became of the lines: `delivered once` and so on to a count; of one line, of that line only. */
  readonly fates: Readonly<Record<string, number>>
  readonly sentence: string
  readonly timeline: readonly TimelineRow[]
  readonly findings: readonly Finding[]
}

export type Explanation = ExplainedRequest | ExplainedObject
