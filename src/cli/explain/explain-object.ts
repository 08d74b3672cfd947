// One object of a pipeline, or one line of it, as the ledger tells it.

import type { Finding } from '../../core/verdict.ts'
import type { LedgerState } from '../../pipeline/ledger/ledger-state.ts'
import { type ExplainedObject, type ExplainedScenario, explanationSchema } from './explanation.ts'

/** Longer objects are looked at from their beginning only. */
const linesLookedMax = 1_000_000

/** `bucket/key` and, behind a colon, a line counted from 1. */
export function objectAndLine(wanted: string): { readonly object: string; readonly line?: number } {
  const [, object, line] = /^(.*):([1-9]\d{0,8})$/s.exec(wanted) ?? []
  return object === undefined || line === undefined ? { object: wanted } : { object, line: Number(line) }
}

export function explainObject(
  named: { readonly object: string; readonly line?: number; readonly lines: number },
  state: LedgerState,
  scenario: ExplainedScenario,
  findings: readonly Finding[],
): ExplainedObject {
  const { object, line, lines } = named
  const { sentence, timeline } = state.path(object, line ?? firstOdd(state, object, lines))
  const looked =
    line === undefined ? Array.from({ length: Math.min(lines, linesLookedMax) }, (_, at) => at + 1) : [line]
  const fates: Record<string, number> = {}
  for (const one of looked) {
    const fate = state.fate(object, one) ?? 'never owed'
    fates[fate] = (fates[fate] ?? 0) + 1
  }
  return {
    schema: explanationSchema,
    kind: 'object',
    object,
    ...(line === undefined ? {} : { line }),
    scenario,
    lines,
    fates,
    sentence,
    timeline,
    findings,
  }
}

/** Of a whole object the way of its first line that was not simply delivered says most. */
function firstOdd(state: LedgerState, object: string, lines: number): number {
  for (let line = 1; line <= Math.min(lines, linesLookedMax); line++) {
    const fate = state.fate(object, line)
    if (fate !== undefined && fate !== 'delivered once') return line
  }
  return 1
}
