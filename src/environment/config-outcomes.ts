// What became of the config that was served. That a version was taken or refused the control plane knows from the next
// poll; why it was refused only Envoy's own log says. Here the two are brought together.
//
//   Envoy's log ──► reason ─┐
//                           ├─► config-rejected { version, reason }
//   control plane ─► poll ──┘

import type { NewEvent } from '../core/history.ts'
import type { Outcome } from './control-plane/bookkeeping.ts'
import { readRejection } from './envoy/rejection.ts'

export interface RejectedConfig {
  readonly type: Outcome['type']
  readonly version: string
  readonly reason: string
}

export interface ConfigOutcomes {
  /** A line of the log of the Envoy under test. */
  logged(text: string): void
  /** What the control plane learnt from a poll. */
  learnt(outcome: Outcome): void
  /** Resolves when this version was taken or refused, or after `limitMs`. */
  settled(type: Outcome['type'], version: string, limitMs: number): Promise<void>
}

export interface ConfigOutcomesOptions {
  readonly scenario: string
  readonly emit: (event: NewEvent) => void
  readonly now: () => number
  /** Envoy's words in the user's names: without the prefixes of this run. */
  readonly inUsersNames: (type: Outcome['type'], text: string) => string
  readonly onRejected: (rejected: RejectedConfig) => void
}

/** How long the log line may come after the poll. */
const reasonWithinMs = 500
const reasonUnknown = 'Envoy gave no reason in its log'
/** A version more than that has long been forgotten by everybody. */
const settledMax = 1000

export function configOutcomes(options: ConfigOutcomesOptions): ConfigOutcomes {
  const { scenario, emit, now } = options
  const reasons = new Map<string, string>()
  const settled = new Set<string>()
  const waiting = new Set<() => void>()
  const wake = () => {
    for (const look of [...waiting]) look()
  }
  const until = (condition: () => boolean, limitMs: number) =>
    new Promise<void>((resolve) => {
      const look = (giveUp = false) => {
        if (!condition() && !giveUp) return
        waiting.delete(look)
        clearTimeout(timer)
        resolve()
      }
      const timer = setTimeout(() => look(true), limitMs)
      waiting.add(look)
      look()
    })
  const tell = ({ kind, type, version }: Outcome, atMs: number, detail: string) => {
    emit({ kind: `config-${kind}`, src: 'control-plane', atMs, scenario, type, version, detail })
    settled.add(`${type} ${version}`)
    const [oldest] = settled
    if (settled.size > settledMax && oldest !== undefined) settled.delete(oldest)
    wake()
  }
  return {
    logged(text) {
      const rejection = readRejection(text)
      if (rejection === undefined) return
      reasons.set(rejection.type, rejection.reason)
      wake()
    },
    learnt(outcome) {
      const { type, version } = outcome
      const atMs = now()
      settled.delete(`${type} ${version}`)
      if (outcome.kind === 'accepted') {
        reasons.delete(type)
        return tell(outcome, atMs, '')
      }
      void until(() => reasons.has(type), reasonWithinMs).then(() => {
        const reason = options.inUsersNames(type, reasons.get(type) ?? reasonUnknown)
        tell(outcome, atMs, reason)
        options.onRejected({ type, version, reason })
      })
    },
    settled: (type, version, limitMs) => until(() => settled.has(`${type} ${version}`), limitMs),
  }
}
