// freshness: how old an object is when its last line is delivered, counted from when it was to be put: p99 over the objects
// of a lane, and the maximum. All objects of the run are counted and nothing is estimated. What never came through is
// nothing-lost's business, and what was parked waits for a person.

import { z } from 'zod'
import type { CheckKind } from '../../core/check.ts'
import type { LaneName } from '../../core/history.ts'
import { formatMs } from '../../core/units.ts'
import type { Conclusion, Finding } from '../../core/verdict.ts'
import { comparison, durationComparison, holds } from '../../stats/comparison.ts'
import { nothingSeen } from '../finding-list.ts'
import { amount } from './amount.ts'
import { type ObjectTime, objectTimes, percentile } from './object-times.ts'

const limit = z.union([
  durationComparison,
  z
    .strictObject({ p99: durationComparison.optional(), max: durationComparison.optional() })
    .refine(({ p99, max }) => p99 !== undefined || max !== undefined, 'at least one of p99 and max'),
])
const schema = z
  .strictObject({ fast: limit.optional(), slow: limit.optional() })
  .refine(({ fast, slow }) => fast !== undefined || slow !== undefined, 'at least one of fast and slow')

type Freshness = z.output<typeof schema>

export const freshness: CheckKind<Freshness> = {
  name: 'freshness',
  judges: 'pipeline',
  about: 'Time from the put of an object to the delivery of its last line, p99 and maximum, by lane.',
  schema,
  start(config) {
    const times = objectTimes()
    return { observe: times.observe, conclude: () => judge(config, times.all()) }
  },
}

interface Aged {
  readonly object: string
  readonly ageMs: number
}

function judge(config: Freshness, all: readonly ObjectTime[]): Conclusion {
  const lanes = (['fast', 'slow'] as const).flatMap((lane) => {
    const limits = config[lane]
    if (limits === undefined) return []
    return [judgeLane(lane, typeof limits === 'string' ? { p99: limits } : limits, all)]
  })
  const looked = lanes.reduce((sum, one) => sum + one.ages.length, 0)
  const skipped = lanes.reduce((sum, one) => sum + one.skipped, 0)
  const empty = lanes.find(({ ages }) => ages.length === 0)
  const findings = lanes.flatMap((one) => one.findings)
  if (looked === 0) return nothingSeen('no object of this lane came through', skipped)
  return {
    verdict: findings.length > 0 ? 'fail' : empty === undefined ? 'pass' : 'inconclusive',
    summary: lanes.map(({ summary }) => summary).join('; '),
    looked,
    ...(skipped === 0 ? {} : { skipped }),
    findings,
    figures: Object.assign({}, ...lanes.map(({ figures }) => figures)),
  }
}

function judgeLane(
  lane: LaneName,
  limits: { readonly p99?: string | undefined; readonly max?: string | undefined },
  all: readonly ObjectTime[],
) {
  const owed = all.filter((one) => one.lane === lane)
  const ages = owed.flatMap(({ object, putMs, doneMs }): Aged[] =>
    doneMs === undefined ? [] : [{ object, ageMs: Math.max(0, doneMs - putMs) }],
  )
  const skipped = owed.length - ages.length
  if (ages.length === 0)
    return { ages, skipped, findings: [], summary: `no object of lane ${lane} came through`, figures: {} }
  const values = ages.map(({ ageMs }) => ageMs)
  const seen = { p99: percentile(values, 99), max: percentile(values, 100) }
  const oldest = ages.reduce((left, right) => (right.ageMs > left.ageMs ? right : left))
  const findings = (['p99', 'max'] as const).flatMap((name): Finding[] => {
    const text = limits[name]
    if (text === undefined || holds(comparison(text, 'duration'), seen[name])) return []
    const observed = formatMs(seen[name])
    const message = `lane ${lane}: ${name} of ${amount(ages.length, 'object')} is ${observed}; the oldest is ${oldest.object} with ${formatMs(oldest.ageMs)}`
    return [{ rule: 'freshness', message, expected: `${name} ${text}`, observed, object: oldest.object }]
  })
  return {
    ages,
    skipped,
    findings,
    summary: `lane ${lane}: p99 ${formatMs(seen.p99)}, max ${formatMs(seen.max)} of ${amount(ages.length, 'object')}, expected ${(['p99', 'max'] as const).flatMap((name) => (limits[name] === undefined ? [] : [`${name} ${limits[name]}`])).join(', ')}`,
    figures: {
      [`${lane}P50Ms`]: percentile(values, 50),
      [`${lane}P99Ms`]: seen.p99,
      [`${lane}MaxMs`]: seen.max,
    },
  }
}
