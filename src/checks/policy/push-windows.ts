// When a config push makes the served config uncertain. From a push until Envoy took it, a request is judged by neither
// version; afterwards by the declared policy that the push carries, where it carries one. A rejected push changes nothing.

import type { ConfigChanged } from '../../core/history.ts'
import type { DeclaredPolicy } from '../../mesh/policy.ts'
import { latenessMinMs } from './lateness.ts'

/** In-flight work settles within this time after Envoy took the push. */
const settleMs = 5 + latenessMinMs
/** A push that nobody acknowledged is taken to have worked by then. */
const unansweredMs = 2000
const windowsMax = 10_000

interface Window {
  readonly type: ConfigChanged['type']
  readonly version: string
  readonly fromMs: number
  toMs: number
  answered: boolean
  readonly declared: DeclaredPolicy | undefined
  rejected: boolean
}

export interface PushWindows {
  observe(event: ConfigChanged): void
  /** A push was under way at some time of the span. */
  touches(fromMs: number, toMs: number): boolean
  /** Changes whenever a push that resets a cluster's state begins or ends. */
  epochAt(atMs: number): number
  /** A push of clusters or endpoints came before. */
  endpointsPushedBefore(atMs: number): boolean
  policyAt(atMs: number): DeclaredPolicy
}

export function pushWindows(initial: DeclaredPolicy): PushWindows {
  const windows: Window[] = []
  return {
    observe(event) {
      if (event.kind === 'config-pushed') {
        const declared = event.declared as DeclaredPolicy | undefined
        const toMs = event.atMs + unansweredMs
        const { type, version } = event
        windows.push({ type, version, fromMs: event.atMs, toMs, answered: false, declared, rejected: false })
        if (windows.length > windowsMax) windows.shift()
        return
      }
      const rejected = event.kind === 'config-rejected'
      for (const window of answeredBy(event, windows)) {
        Object.assign(window, { answered: true, rejected, toMs: event.atMs + settleMs })
      }
    },
    touches: (fromMs, toMs) => windows.some((window) => window.fromMs <= toMs && window.toMs >= fromMs),
    epochAt(atMs) {
      let epoch = 0
      for (const { type, fromMs, toMs, rejected } of windows) {
        if (type === 'routes' || rejected) continue
        if (fromMs <= atMs) epoch++
        if (toMs <= atMs) epoch++
      }
      return epoch
    },
    endpointsPushedBefore: (atMs) => windows.some(({ type, fromMs }) => type !== 'routes' && fromMs <= atMs),
    policyAt(atMs) {
      const changes = windows.filter((window) => window.declared !== undefined && !window.rejected)
      return changes.findLast((window) => window.fromMs <= atMs)?.declared ?? initial
    },
  }
}

/**
 * The pushes that an answer of Envoy's settles: that of its version and those before it. Where pushes follow each other fast,
 * the answer to one comes after the next has been made. A version that nobody announced (a part of what was pushed) settles a
 * push only where there is but one.
 */
function answeredBy(event: ConfigChanged, windows: readonly Window[]): readonly Window[] {
  const { type, version, atMs } = event
  const pending = windows.filter((window) => window.type === type && !window.answered && window.fromMs <= atMs)
  const index = pending.findLastIndex((window) => window.version === version)
  if (index >= 0) return pending.slice(0, index + 1)
  return pending.length === 1 ? pending : []
}
