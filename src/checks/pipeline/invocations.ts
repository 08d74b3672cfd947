// invocations: how often functions ran for each object, retries and repeated deliveries included. Main that runs many times
// for one object is a storm of retries, or a Dispatcher that is tried again after it had done its work.

import { z } from 'zod'
import type { CheckKind } from '../../core/check.ts'
import type { Finding } from '../../core/verdict.ts'
import { comparison, holds, numberComparison } from '../../stats/comparison.ts'
import { nothingSeen } from '../finding-list.ts'
import { amount } from './amount.ts'
import { sharedLedger } from './shared-ledger.ts'

const roles = ['event-pusher', 'dispatcher', 'main', 'reporter'] as const
type Role = (typeof roles)[number]

const limit = numberComparison.optional()
const schema = z
  .strictObject({ 'event-pusher': limit, dispatcher: limit, main: limit, reporter: limit })
  .refine((config) => roles.some((role) => config[role] !== undefined), `at least one of ${roles.join(', ')}`)

const worstMax = 10

export const invocations: CheckKind<z.output<typeof schema>> = {
  name: 'invocations',
  judges: 'pipeline',
  about: 'How often a function ran for an object on average, such as main: "<= 1.5".',
  schema,
  start(config, context) {
    const ledger = sharedLedger(context)
    const counts = new Map<Role, Map<string, number>>(roles.map((role) => [role, new Map()]))
    let objects = 0
    return {
      observe(event) {
        ledger.observe(event)
        if (event.kind === 'object-put' && event.error === undefined) objects++
        if (event.kind !== 'function-invoked') return
        const role = roles.find((one) => one === event.function || event.function.startsWith(`${one}-`))
        const times = role === undefined ? undefined : counts.get(role)
        for (const object of event.objects) times?.set(object, (times.get(object) ?? 0) + 1)
      },
      conclude() {
        if (objects === 0) return nothingSeen('no object was put')
        const findings: Finding[] = []
        const told: string[] = []
        const figures: Record<string, number> = {}
        let looked = 0
        for (const role of roles) {
          const text = config[role]
          const times = [...(counts.get(role) ?? [])]
          const sum = times.reduce((total, [, count]) => total + count, 0)
          const ratio = sum / objects
          if (text === undefined) continue
          looked += sum
          figures[`${role}PerObject`] = ratio
          told.push(`${role} ran ${ratio.toFixed(2)} times an object, expected ${text}`)
          if (holds(comparison(text, 'number'), ratio)) continue
          const message = `${role} was invoked ${sum} times for ${amount(objects, 'object')}`
          findings.push({ rule: 'invocations', message, expected: text, observed: ratio.toFixed(2) })
          for (const [object, count] of times.sort((left, right) => right[1] - left[1]).slice(0, worstMax)) {
            const { timeline } = ledger.conclude().path(object, 1)
            const why = `${role} was invoked ${amount(count, 'time')} for ${object}`
            if (count > 1)
              findings.push({ rule: 'invocations', message: why, observed: String(count), object, timeline })
          }
        }
        if (looked === 0) return nothingSeen(`none of these functions was invoked for an object: ${told.join('; ')}`)
        return { verdict: findings.length === 0 ? 'pass' : 'fail', summary: told.join('; '), looked, findings, figures }
      },
    }
  },
}
