// latency: percentiles of the time from the intended send to the end, failed requests included, since their users waited
// too. "p99 <= 400ms" is the same statement as "at least 99 % took at most 400 ms", so a percentile is proven or disproven
// by the exact 99.9 % bound of that ratio (the order-statistic bound), in constant memory. `max` is about this run only.

import { z } from 'zod'
import type { CheckKind } from '../core/check.ts'
import { formatMs } from '../core/units.ts'
import { type Conclusion, type Finding, worst } from '../core/verdict.ts'
import { type Comparison, comparison, durationComparison, holds } from '../stats/comparison.ts'
import { Histogram } from '../stats/histogram.ts'
import { judgeRatio, requestsNeeded } from '../stats/ratio-verdict.ts'
import { nothingSeen } from './finding-list.ts'
import { followRequests } from './finished-requests.ts'
import { machineLag } from './machine-lag.ts'
import { requestFilterFields } from './request-filter.ts'

const percents = { p50: 50, p90: 90, p95: 95, p99: 99, p999: 99.9 } as const
type Percentile = keyof typeof percents
const names = Object.keys(percents) as Percentile[]

const limit = durationComparison.optional()
const schema = z
  .strictObject({ p50: limit, p90: limit, p95: limit, p99: limit, p999: limit, max: limit, ...requestFilterFields })
  .refine(
    (config) => config.max !== undefined || names.some((name) => config[name] !== undefined),
    'at least one of p50, p90, p95, p99, p999 and max',
  )

type Latency = z.output<typeof schema>

export const latency: CheckKind<Latency> = {
  name: 'latency',
  about: 'Percentiles of the time from the intended send to the end of the answer, proven by an exact 99.9 % bound.',
  schema,
  unprovable(config, requests) {
    const short = limitsOf(config)
      .map(({ name, limit, ratio }) => ({ text: `${name} ${limit.text}`, needed: requestsNeeded(ratio) }))
      .filter(({ needed }) => requests < needed)
    return short.length === 0
      ? undefined
      : short.map(({ text, needed }) => `${text} takes at least ${needed} requests to prove`).join(', ')
  },
  start(config) {
    const limits = limitsOf(config).map((one) => ({ ...one, within: 0 }))
    const max = config.max === undefined ? undefined : comparison(config.max, 'duration')
    const lag = machineLag()
    const histogram = new Histogram()
    const requests = followRequests(config, ({ answered }) => {
      histogram.record(answered.latencyMs)
      for (const one of limits) if (countsAsWithin(one.limit, answered.latencyMs)) one.within++
    })
    return {
      observe(event) {
        requests.observe(event)
        lag.observe(event)
      },
      conclude(): Conclusion {
        const looked = requests.looked()
        if (looked === 0) return nothingSeen('no request was answered', requests.skipped())
        const judged = limits.map((one) => judgePercentile(one, looked, histogram))
        if (max !== undefined) judged.push(judgeMax(max, histogram.maxMs))
        const late = lag.problem()
        const verdict = late === undefined ? worst(judged.map((one) => one.verdict)) : 'inconclusive'
        const unfit = late === undefined ? [] : [`the machine was too slow to judge latency: ${late}`]
        return {
          verdict,
          summary: [...unfit, ...judged.map((one) => one.summary)].join('; '),
          looked,
          skipped: requests.skipped(),
          findings: verdict === 'fail' ? judged.flatMap((one) => one.finding ?? []) : [],
          figures: figuresOf(histogram),
        }
      },
    }
  },
}

interface Limit {
  readonly name: Percentile
  readonly limit: Comparison
  /** The limit as an expectation of the ratio of requests within it. */
  readonly ratio: Comparison
}

function limitsOf(config: Latency): Limit[] {
  return names.flatMap((name) => {
    const text = config[name]
    if (text === undefined) return []
    const limit = comparison(text, 'duration')
    const upper = limit.operator === '<=' || limit.operator === '<'
    const value = percents[name] / 100
    return [{ name, limit, ratio: { operator: upper ? '>=' : '<=', value, text: limit.text } }]
  })
}

/**
 * For an upper limit: requests that keep it. For a lower one: requests below it, of which a percentile above the limit
 * allows at most its own share.
 */
function countsAsWithin(limit: Comparison, latencyMs: number): boolean {
  return limit.operator === '<=' || limit.operator === '<' ? holds(limit, latencyMs) : !holds(limit, latencyMs)
}

interface Judged {
  readonly verdict: Conclusion['verdict']
  readonly summary: string
  readonly finding?: Finding
}

function judgePercentile(one: Limit & { readonly within: number }, looked: number, histogram: Histogram): Judged {
  const { name, limit, ratio, within } = one
  const { verdict, needed } = judgeRatio(ratio, within, looked)
  const observed = formatMs(histogram.percentileMs(percents[name]))
  if (verdict === 'pass') return { verdict, summary: `${name} ${limit.text} is proven: ${observed}` }
  if (verdict === 'inconclusive') {
    const more = needed === undefined ? 'too close to the limit to tell' : `about ${needed} requests would tell`
    return { verdict, summary: `${name} ${limit.text} is neither proven nor disproven: ${observed}; ${more}` }
  }
  const share = `${((100 * within) / looked).toFixed(2)} % of ${looked} requests ${limit.operator.startsWith('<') ? 'kept' : 'were below'} the limit`
  const summary = `${name} ${limit.text} is disproven: ${observed}; ${share}`
  const finding = {
    rule: 'latency',
    message: `${name} is ${observed}: ${share}`,
    expected: `${name} ${limit.text}`,
    observed,
  }
  return { verdict, summary, finding }
}

function judgeMax(limit: Comparison, maxMs: number): Judged {
  const observed = formatMs(maxMs)
  if (holds(limit, maxMs)) return { verdict: 'pass', summary: `max ${limit.text}: ${observed}` }
  const finding = {
    rule: 'latency',
    message: `the slowest request took ${observed}`,
    expected: `max ${limit.text}`,
    observed,
  }
  return { verdict: 'fail', summary: `max ${limit.text} is broken: ${observed}`, finding }
}

function figuresOf(histogram: Histogram): Readonly<Record<string, number>> {
  const { p50Ms, p90Ms, p99Ms, maxMs } = histogram.spread()
  return { p50Ms, p90Ms, p99Ms, maxMs }
}
