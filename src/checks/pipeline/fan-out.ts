// fan-out: the topic tells every object to its second consumer as well, at least once, whatever becomes of it in the pipeline.

import { z } from 'zod'
import type { CheckKind } from '../../core/check.ts'
import { findingList, nothingSeen } from '../finding-list.ts'
import { amount } from './amount.ts'
import { graceMs, scenarioSpan } from './scenario-span.ts'

const schema = z.strictObject({
  consumer: z.string().min(1).optional().describe('Its name in the history; by default any'),
})

export const fanOut: CheckKind<z.output<typeof schema>> = {
  name: 'fan-out',
  judges: 'pipeline',
  about: 'Every object that was put reached the second consumer of the topic at least once.',
  schema,
  needs: ['sns-retried'],
  start({ consumer }) {
    const puts = new Map<string, number>()
    const reached = new Map<string, number>()
    const span = scenarioSpan()
    return {
      observe(event) {
        span.observe(event)
        if (event.kind === 'object-put' && event.error === undefined) puts.set(event.object, event.atMs)
        else if (event.kind === 'object-fanned-out' && (consumer === undefined || event.consumer === consumer))
          reached.set(event.object, (reached.get(event.object) ?? 0) + 1)
      },
      conclude() {
        if (puts.size === 0) return nothingSeen('no object was put')
        const name = consumer ?? 'the second consumer'
        const findings = findingList()
        let skipped = 0
        let twice = 0
        for (const [object, atMs] of puts) {
          const times = reached.get(object) ?? 0
          if (times > 1) twice++
          if (times > 0) continue
          if (atMs > span.endMs() - graceMs) skipped++
          else findings.add({ rule: 'fan-out', message: `${object} never reached ${name}`, object })
        }
        const looked = puts.size - skipped
        const bad = findings.count()
        const summary = `${looked - bad} of ${amount(puts.size, 'object')} reached ${name}, ${twice} of them more than once`
        const late = skipped === 0 ? '' : `; ${skipped} were put too late to tell`
        return {
          verdict: bad > 0 ? 'fail' : skipped > 0 ? 'inconclusive' : 'pass',
          summary: `${summary}${late}`,
          looked,
          skipped,
          ...findings.told(),
          figures: { reachedCount: looked - bad, repeatedCount: twice },
        }
      },
    }
  },
}
