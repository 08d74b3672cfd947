// routing: an object stands in the lane that the declared routing gives it and in no other, also when it is put back from the
// ErrorTaskTable; one that is to be dropped stands in none.

import { z } from 'zod'
import type { CheckKind } from '../../core/check.ts'
import type { LaneName } from '../../core/history.ts'
import { findingList, nothingSeen } from '../finding-list.ts'
import { amount } from './amount.ts'
import { graceMs, scenarioSpan } from './scenario-span.ts'
import { sharedLedger } from './shared-ledger.ts'

const schema = z.strictObject({})

export const routing: CheckKind<z.output<typeof schema>> = {
  name: 'routing',
  judges: 'pipeline',
  about: 'Every object stands in the lane where the declared routing sends it, or in none if that drops it.',
  schema,
  needs: ['s3-event-key'],
  start(_config, context) {
    const puts = new Map<string, { readonly dest: LaneName | 'drop'; readonly atMs: number }>()
    const lanes = new Map<string, Set<LaneName>>()
    const ledger = sharedLedger(context)
    const span = scenarioSpan()
    return {
      observe(event) {
        ledger.observe(event)
        span.observe(event)
        if (event.kind === 'object-put' && event.error === undefined)
          puts.set(event.object, { dest: event.dest, atMs: event.atMs })
        else if (event.kind === 'record-in-lane' && event.object !== '') {
          const seen = lanes.get(event.object) ?? new Set()
          lanes.set(event.object, seen.add(event.lane))
        }
      },
      conclude() {
        if (puts.size === 0) return nothingSeen('no object was put')
        const state = ledger.conclude()
        const findings = findingList()
        const counts = { fast: 0, slow: 0, drop: 0 }
        let skipped = 0
        for (const [object, { dest, atMs }] of puts) {
          const seen = [...(lanes.get(object) ?? [])]
          counts[dest]++
          if (seen.length === 0 && dest !== 'drop') {
            // What has not come yet may still come.
            if (atMs > span.endMs() - graceMs || state.fate(object, 1) === 'in flight') {
              skipped++
              continue
            }
          } else if (dest === 'drop' ? seen.length === 0 : seen.length === 1 && seen[0] === dest) continue
          const observed = seen.length === 0 ? 'no lane' : `lane ${seen.join(' and lane ')}`
          const expected = dest === 'drop' ? 'no lane' : `lane ${dest}`
          const { timeline } = state.path(object, 1)
          const message = `${object} stood in ${observed}, and routing says ${expected}`
          findings.add({ rule: 'routing', message, expected, observed, object, timeline })
        }
        const looked = puts.size - skipped
        if (looked === 0) return nothingSeen('no object was put early enough to judge', skipped)
        const bad = findings.count()
        const seen = `${amount(counts.fast, 'object')} for lane fast, ${counts.slow} for slow, ${counts.drop} to drop`
        return {
          verdict: bad === 0 ? 'pass' : 'fail',
          summary: bad === 0 ? `routed as declared: ${seen}` : `${amount(bad, 'object')} went wrong: ${seen}`,
          looked,
          skipped,
          ...findings.told(),
          figures: { fastCount: counts.fast, slowCount: counts.slow, dropCount: counts.drop },
        }
      },
    }
  },
}
