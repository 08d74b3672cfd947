// throughput: objects and lines a second that came through whole, from the first put to the last delivery. It says what was
// carried, not what could be: a scenario that puts 20 objects a second shows 20 at most.

import { z } from 'zod'
import type { CheckKind } from '../../core/check.ts'
import { formatMs } from '../../core/units.ts'
import type { Finding } from '../../core/verdict.ts'
import { comparison, holds, numberComparison } from '../../stats/comparison.ts'
import { nothingSeen } from '../finding-list.ts'
import { amount } from './amount.ts'
import { objectTimes } from './object-times.ts'

const names = ['objectsPerSecond', 'linesPerSecond'] as const

const schema = z
  .strictObject({ objectsPerSecond: numberComparison.optional(), linesPerSecond: numberComparison.optional() })
  .refine((config) => names.some((name) => config[name] !== undefined), `at least one of ${names.join(' and ')}`)

export const throughput: CheckKind<z.output<typeof schema>> = {
  name: 'throughput',
  judges: 'pipeline',
  about: 'Objects and lines a second that were delivered whole, from the first put to the last delivery.',
  schema,
  start(config) {
    const times = objectTimes()
    return {
      observe: times.observe,
      conclude() {
        const done = times
          .all()
          .flatMap(({ lines, putMs, doneMs }) => (doneMs === undefined ? [] : [{ lines, putMs, doneMs }]))
        if (done.length === 0) return nothingSeen('no object was delivered')
        const firstMs = done.reduce((least, { putMs }) => Math.min(least, putMs), Number.POSITIVE_INFINITY)
        const lastMs = done.reduce((most, { doneMs }) => Math.max(most, doneMs), 0)
        const seconds = Math.max(lastMs - firstMs, 1) / 1000
        const lines = done.reduce((sum, one) => sum + one.lines, 0)
        const figures = { objectsPerSecond: done.length / seconds, linesPerSecond: lines / seconds }
        const findings = names.flatMap((name): Finding[] => {
          const text = config[name]
          if (text === undefined || holds(comparison(text, 'number'), figures[name])) return []
          const observed = figures[name].toFixed(1)
          return [{ rule: 'throughput', message: `${name} was ${observed}`, expected: text, observed }]
        })
        const carried = `${amount(done.length, 'object')} with ${amount(lines, 'line')} in ${formatMs(seconds * 1000)}`
        return {
          verdict: findings.length === 0 ? 'pass' : 'fail',
          summary: `${carried}: ${names.map((name) => `${name} ${figures[name].toFixed(1)}${config[name] === undefined ? '' : `, expected ${config[name]}`}`).join('; ')}`,
          looked: done.length,
          findings,
          figures,
        }
      },
    }
  },
}
