// steady: a controller that adjusts a lane's DELAY comes to rest instead of swinging. Of the limits that were set in the
// second half of the scenario, the changes of direction and the distance between the lowest and the highest are held
// against limits; in the first half it may search.

import { z } from 'zod'
import type { CheckKind } from '../../core/check.ts'
import { formatMs } from '../../core/units.ts'
import type { Finding } from '../../core/verdict.ts'
import { limitOf } from '../../pipeline/declared-pipeline.ts'
import { comparison, durationComparison, holds, numberComparison } from '../../stats/comparison.ts'
import { nothingSeen } from '../finding-list.ts'
import { amount } from './amount.ts'
import { scenarioSpan } from './scenario-span.ts'

const schema = z.strictObject({
  lane: z.enum(['fast', 'slow']),
  turns: numberComparison.default('<= 2').describe('Changes of direction in the second half'),
  amplitude: durationComparison.optional().describe('Between the lowest and the highest DELAY of the second half'),
})

export const steady: CheckKind<z.output<typeof schema>> = {
  name: 'steady',
  judges: 'pipeline',
  about: "A controller of a lane's DELAY comes to rest: few changes of direction in the second half of the scenario.",
  schema,
  start({ lane, turns, amplitude }) {
    const span = scenarioSpan()
    const settings: { readonly atMs: number; readonly delayMs: number }[] = []
    return {
      observe(event) {
        span.observe(event)
        const limit = event.kind === 'operator-acted' ? limitOf(event) : undefined
        if (limit?.lane === lane && limit.delayMs !== undefined)
          settings.push({ atMs: limit.atMs, delayMs: limit.delayMs })
      },
      conclude() {
        const looked = settings.length
        if (looked < 2)
          return {
            ...nothingSeen(`DELAY of lane ${lane} was set ${amount(looked, 'time')}: nothing was adjusted`),
            looked,
          }
        const middleMs = (span.startMs() + span.endMs()) / 2
        const atHalf = settings.findLast(({ atMs }) => atMs <= middleMs)
        const later = settings.filter(({ atMs }) => atMs > middleMs)
        const values = [...(atHalf === undefined ? [] : [atHalf]), ...later].map(({ delayMs }) => delayMs)
        const turned = countTurns(values)
        const amplitudeMs = Math.max(...values) - Math.min(...values)
        const told = `DELAY of lane ${lane} was set ${looked} times; in the second half it turned ${amount(turned, 'time')} within ${formatMs(amplitudeMs)}`
        const findings: Finding[] = []
        if (!holds(comparison(turns, 'number'), turned))
          findings.push({
            rule: 'steady',
            message: `${told}: ${valuesText(values)}`,
            expected: `turns ${turns}`,
            observed: String(turned),
          })
        if (amplitude !== undefined && !holds(comparison(amplitude, 'duration'), amplitudeMs))
          findings.push({
            rule: 'steady',
            message: `${told}: ${valuesText(values)}`,
            expected: `amplitude ${amplitude}`,
            observed: formatMs(amplitudeMs),
          })
        return {
          verdict: findings.length === 0 ? 'pass' : 'fail',
          summary: told,
          looked,
          findings,
          figures: { settingsCount: looked, turnsCount: turned, amplitudeMs },
        }
      },
    }
  },
}

function countTurns(values: readonly number[]): number {
  const steps = values.slice(1).map((value, index) => Math.sign(value - (values[index] ?? value)))
  const moves = steps.filter((step) => step !== 0)
  return moves.slice(1).filter((move, index) => move !== moves[index]).length
}

function valuesText(values: readonly number[]): string {
  const shown = values.slice(0, 12).map(formatMs).join(', ')
  return values.length > 12 ? `${shown}, ...` : shown
}
