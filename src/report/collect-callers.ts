// What each caller of a scenario with several listeners got, by the access log of the Envoy under test: one caller's
// requests never count for another. Where there is but one listener there is nothing to tell apart, and nothing is told.

import type { RequestLogged } from '../core/history.ts'
import type { CallerReport } from '../core/report-model.ts'

export interface CallerFold {
  logged(event: Pick<RequestLogged, 'listener' | 'code' | 'attempts'>): void
  finish(): { readonly callers?: readonly CallerReport[] }
}

/** More than a config has listeners. */
const callersMax = 1000

export function collectCallers(): CallerFold {
  const callers = new Map<string, { requests: number; attempts: number; byStatus: Record<string, number> }>()
  return {
    logged({ listener, code, attempts }) {
      if (listener === undefined || (!callers.has(listener) && callers.size >= callersMax)) return
      const caller = callers.get(listener) ?? { requests: 0, attempts: 0, byStatus: {} }
      caller.requests++
      caller.attempts += attempts
      caller.byStatus[code] = (caller.byStatus[code] ?? 0) + 1
      callers.set(listener, caller)
    },
    finish() {
      if (callers.size === 0) return {}
      return { callers: [...callers].map(([listener, figures]) => ({ listener, ...figures })) }
    },
  }
}
