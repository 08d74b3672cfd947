// duplicates: the share of delivered lines that were delivered more than once. All lines of the run are counted, so there is
// nothing to estimate: the ratio is exact, and "<= 0" may be asked for. At-least-once delivery allows some; how many is the
// scenario's word.

import type { z } from 'zod'
import type { CheckKind } from '../../core/check.ts'
import { comparison, holds, numberComparison, parseComparison } from '../../stats/comparison.ts'
import { findingList, nothingSeen } from '../finding-list.ts'
import { amount } from './amount.ts'
import { named } from './nothing-lost.ts'
import { sharedLedger } from './shared-ledger.ts'

const schema = numberComparison.refine((text) => {
  const { value } = parseComparison(text, 'number') ?? {}
  return value === undefined || (value >= 0 && value <= 1)
}, 'a comparison with a ratio from 0 to 1 such as "<= 0.01"')

export const duplicates: CheckKind<z.output<typeof schema>> = {
  name: 'duplicates',
  judges: 'pipeline',
  about: 'Share of the delivered lines that were delivered more than once.',
  schema,
  needs: ['duplicates'],
  start(config, context) {
    const expectation = comparison(config, 'number')
    const ledger = sharedLedger(context)
    return {
      observe: ledger.observe,
      conclude() {
        const state = ledger.conclude()
        const { deliveredOnce, deliveredMoreOften, extraDeliveries } = state
        const looked = deliveredOnce + deliveredMoreOften
        if (looked === 0) return nothingSeen('no line was delivered')
        const duplicateRatio = deliveredMoreOften / looked
        const good = holds(expectation, duplicateRatio)
        const summary = `${deliveredMoreOften} of ${amount(looked, 'delivered line')} came more than once (${Number((100 * duplicateRatio).toFixed(3))} %), expected ${expectation.text}`
        const findings = findingList()
        if (!good) {
          for (const run of state.doubledRuns) {
            const { sentence, timeline } = state.path(run.object, run.first)
            const { object, first: line } = run
            findings.add({ rule: 'duplicates', message: `${named(run)}: ${sentence}`, object, line, timeline })
          }
        }
        return {
          verdict: good ? 'pass' : 'fail',
          summary,
          looked,
          ...findings.told(),
          figures: { duplicateRatio, duplicateLinesCount: deliveredMoreOften, extraDeliveriesCount: extraDeliveries },
        }
      },
    }
  },
}
