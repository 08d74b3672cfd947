// One ledger for all checks of a scenario that need it: it is by far the largest fold of a pipeline's history. Checks of one
// scenario share their context, so that is what it is known by; each of them may observe every event, the ledger sees it once.

import type { CheckContext } from '../../core/check.ts'
import type { HistoryEvent } from '../../core/history.ts'
import { isPipeline } from '../../core/scenario-record.ts'
import { type Ledger, ledger } from '../../pipeline/ledger/ledger.ts'
import type { LedgerState } from '../../pipeline/ledger/ledger-state.ts'

const ledgers = new WeakMap<CheckContext, Ledger>()

export function sharedLedger(context: CheckContext): Ledger {
  const known = ledgers.get(context)
  if (known !== undefined) return known
  const { scenario } = context
  const fresh = once(isPipeline(scenario) ? ledger(scenario.pipeline.asyncRetryMs) : ledger())
  ledgers.set(context, fresh)
  return fresh
}

function once(inner: Ledger): Ledger {
  let last: HistoryEvent | undefined
  let state: LedgerState | undefined
  return {
    observe(event) {
      if (event === last) return
      last = event
      state = undefined
      inner.observe(event)
    },
    conclude() {
      state ??= inner.conclude()
      return state
    },
  }
}
