// recovery: how long after a fault was healed the mesh is as good as before it. Recovered at the first instant after the heal
// from which 20 consecutive requests, by intended send time, are all served and have a median latency of at most 3 times
// the median before the fault plus 25 ms. Between the last request that was not there yet and the first that was, the true
// moment is unknown: where the limit lies in between, the check is inconclusive.

import { z } from 'zod'
import type { Check, CheckContext, CheckKind } from '../core/check.ts'
import { evidenceOf } from '../core/fault-evidence.ts'
import { formatMs, parseDurationMs } from '../core/units.ts'
import type { Conclusion } from '../core/verdict.ts'
import { nothingSeen } from './finding-list.ts'
import { followRequests } from './finished-requests.ts'

const runLength = 20
const outcomesMax = 200_000

const schema = z.strictObject({
  within: z.string().regex(/^\d+(\.\d+)?(us|ms|s|m|h)$/, 'a duration such as "1s"'),
  fault: z.string().min(1).optional().describe("The fault's name; by default the one that is healed last"),
})

type Recovery = z.output<typeof schema>

export const recovery: CheckKind<Recovery> = {
  name: 'recovery',
  about: 'After the fault is healed, requests are soon served again, as fast as before it.',
  schema,
  start,
}

interface Outcome {
  readonly id: string
  readonly intendedMs: number
  readonly ok: boolean
  readonly latencyMs: number
}

function start(config: Recovery, context: CheckContext): Check {
  const faultTimes = followFaults(config.fault, context)
  const outcomes: Outcome[] = []
  let beyond = 0
  const requests = followRequests({}, ({ sent, answered, ok }) => {
    const outcome = { id: sent.id, intendedMs: sent.intendedMs, ok, latencyMs: answered.latencyMs }
    if (outcomes.length < outcomesMax) outcomes.push(outcome)
    else beyond++
  })
  return {
    observe(event) {
      requests.observe(event)
      faultTimes.observe(event)
    },
    conclude(): Conclusion {
      const looked = requests.looked()
      if (looked === 0) return nothingSeen('no request was answered', requests.skipped())
      const concluded = { looked, skipped: requests.skipped() + beyond }
      const times = faultTimes.times()
      if ('problem' in times) return { ...nothingSeen(times.problem), ...concluded }
      if (beyond > 0) return { ...nothingSeen(`more than ${outcomesMax} requests are too many to order`), ...concluded }
      outcomes.sort((left, right) => left.intendedMs - right.intendedMs)
      const before = outcomes.filter(({ intendedMs }) => intendedMs < times.firstMs)
      if (before.length < runLength) {
        const why = `only ${before.length} requests before the fault, ${runLength} needed to know the level before it`
        return { ...nothingSeen(why), ...concluded }
      }
      const after = outcomes.filter(({ intendedMs }) => intendedMs >= times.healedMs)
      const limitMs = 3 * medianMs(before) + 25
      return { ...judge(after, times.healedMs, parseDurationMs(config.within) ?? 0, limitMs), ...concluded }
    },
  }
}

function judge(
  after: readonly Outcome[],
  healedMs: number,
  withinMs: number,
  limitMs: number,
): Omit<Conclusion, 'looked'> {
  const recovered = after.findIndex((_, index) => holdsFrom(after, index, limitMs) === 'yes')
  const good = after[recovered]
  const bad = after
    .slice(0, recovered === -1 ? undefined : recovered)
    .findLast((_, index) => holdsFrom(after, index, limitMs) === 'no')
  const expected = `within ${formatMs(withinMs)} of the heal`
  if (good !== undefined && good.intendedMs - healedMs <= withinMs) {
    const tookMs = bad === undefined ? 0 : good.intendedMs - healedMs
    return {
      verdict: 'pass',
      summary: `recovered ${formatMs(tookMs)} after the heal, expected ${expected}`,
      findings: [],
      figures: { recoveryMs: tookMs },
    }
  }
  if (bad !== undefined && bad.intendedMs - healedMs > withinMs) {
    const took =
      good === undefined
        ? `not recovered ${formatMs(bad.intendedMs - healedMs)} after the heal`
        : `recovered only ${formatMs(good.intendedMs - healedMs)} after the heal`
    const why = bad.ok
      ? `requests from here on were not yet all served within a median of ${formatMs(limitMs)}`
      : 'this request was not served'
    const finding = { rule: 'recovery', message: `${took}: ${why}`, expected, observed: took, requestId: bad.id }
    return { verdict: 'fail', summary: `${took}, expected ${expected}`, findings: [finding] }
  }
  const summary =
    good === undefined
      ? `too few requests after the heal to tell (${after.length}, of which ${runLength} in a row must be good)`
      : `recovered between ${formatMs((bad?.intendedMs ?? healedMs) - healedMs)} and ${formatMs(good.intendedMs - healedMs)} after the heal: too few requests to tell whether ${expected}`
  return { verdict: 'inconclusive', summary, findings: [] }
}

/** Whether the next requests are all good; `unknown` when too few are left and none of them is bad. */
function holdsFrom(after: readonly Outcome[], index: number, limitMs: number): 'yes' | 'no' | 'unknown' {
  const run = after.slice(index, index + runLength)
  if (run.some(({ ok }) => !ok)) return 'no'
  if (run.length < runLength) return 'unknown'
  return medianMs(run) <= limitMs ? 'yes' : 'no'
}

function medianMs(outcomes: readonly Outcome[]): number {
  const sorted = outcomes.map(({ latencyMs }) => latencyMs).sort((left, right) => left - right)
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0
}

/** When the first fault began and when the one in question was healed: as seen where it acted, else as planned. */
function followFaults(name: string | undefined, { scenario }: CheckContext) {
  const injected = new Map<string, number>()
  const healed = new Map<string, number>()
  let startMs: number | undefined
  return {
    observe(event: Parameters<Check['observe']>[0]) {
      if (event.kind === 'scenario-started') startMs ??= event.atMs
      else if (event.kind === 'fault-healed') healed.set(event.fault, event.atMs)
      else if (event.kind === 'fault-injected' && !injected.has(event.fault)) injected.set(event.fault, event.atMs)
    },
    times(): { readonly firstMs: number; readonly healedMs: number } | { readonly problem: string } {
      if (startMs === undefined) return { problem: "the scenario's start is not in the history" }
      const origin = startMs
      const faults = scenario.faults.map((fault) => ({
        fault,
        fromMs: injected.get(fault.name) ?? origin + fault.fromMs,
        untilMs: healed.get(fault.name) ?? (evidenceOf(fault) === 'plan' ? origin + fault.untilMs : undefined),
      }))
      const meant = faults.filter(({ fault }) => name === undefined || fault.name === name)
      if (meant.length === 0)
        return {
          problem:
            name === undefined ? 'the scenario has no fault to recover from' : `no fault "${name}" in the scenario`,
        }
      const open = meant.find(({ untilMs }) => untilMs === undefined)
      if (open !== undefined) return { problem: `fault "${open.fault.name}" was never healed` }
      return {
        firstMs: Math.min(...faults.map(({ fromMs }) => fromMs)),
        healedMs: Math.max(...meant.map(({ untilMs }) => untilMs ?? 0)),
      }
    },
  }
}
