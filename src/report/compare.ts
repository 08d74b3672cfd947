// Compares a run with the one before it. The other run is known by its report.json alone, which may have been written by
// another version: what cannot be read there is no reason to fail. Chance is judged by exact bounds that do not overlap, as
// if requests were independent of each other; within a fault they are not, so a difference is a reason to look, no verdict.

import { z } from 'zod'
import type {
  FindingKind,
  LatencyChange,
  RatioChange,
  RunComparison,
  ScenarioComparison,
} from '../core/report-comparison.ts'
import type { RunReport, ScenarioReport } from '../core/report-model.ts'
import { reportSchema } from '../core/report-model.ts'
import { ratioLowerBound, ratioUpperBound } from '../stats/exact-interval.ts'
import { likeness } from './alike.ts'

const count = z.number().int().nonnegative()
const verdict = z.enum(['pass', 'fail', 'inconclusive'])
const finding = z.object({ rule: z.string(), message: z.string(), object: z.string().optional() })
const freshness = z.object({ count, p50Ms: z.number().nullable(), p99Ms: z.number().nullable() })
const pipeline = z.object({
  ledger: z.object({ lines: count, deliveredOnce: count, deliveredMore: count }),
  lanes: z.array(z.object({ freshness })),
})
const scenario = z.object({
  name: z.string(),
  verdict,
  expectations: z.array(z.object({ findings: z.array(finding) })),
  requests: z.object({ sent: count, succeeded: count, attempts: count, byAttempts: z.record(z.string(), count) }),
  latency: z.object({ p50Ms: z.number().nullable(), p99Ms: z.number().nullable() }),
  pipeline: pipeline.optional(),
})
const earlier = z.object({
  schema: z.literal(reportSchema),
  startedAt: z.string(),
  seed: z.string(),
  verdict,
  scenarios: z.array(scenario),
})

/** What a comparison needs of a report.json. */
export type EarlierReport = z.output<typeof earlier>
type EarlierScenario = EarlierReport['scenarios'][number]

/** Undefined when the text is no report that this version can read. */
export function readEarlierReport(text: string): EarlierReport | undefined {
  try {
    return earlier.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

/** Undefined when the two have no scenario in common. */
export function compareRuns(
  now: RunReport,
  before: EarlierReport,
  where: { readonly run: string; readonly path: string },
): RunComparison | undefined {
  const old = new Map(before.scenarios.map((one) => [one.name, one]))
  const scenarios = now.scenarios.flatMap((one) => {
    const other = old.get(one.name)
    return other === undefined ? [] : [compareScenario(one, other)]
  })
  if (scenarios.length === 0) return undefined
  const names = new Set(now.scenarios.map(({ name }) => name))
  const { startedAt, seed } = before
  return {
    ...where,
    startedAt,
    seed,
    verdict: before.verdict,
    scenarios,
    onlyNow: [...names].filter((name) => !old.has(name)),
    onlyBefore: [...old.keys()].filter((name) => !names.has(name)),
  }
}

function compareScenario(now: ScenarioReport, before: EarlierScenario): ScenarioComparison {
  const left = figuresOf(before)
  const right = figuresOf(now)
  const latency = latencyChange(left, right)
  const perRequest = now.pipeline === undefined && left.trials > 0 && right.trials > 0
  return {
    name: now.name,
    verdict: { before: before.verdict, now: now.verdict },
    success: ratioChange(left, right, 'good'),
    repeated: ratioChange(left, right, 'repeated'),
    ...(perRequest
      ? { attemptsPerRequest: { before: left.attempts / left.trials, now: right.attempts / right.trials } }
      : {}),
    ...(latency === undefined ? {} : { latency }),
    ...findingChanges(findingsOf(before), findingsOf(now)),
  }
}

interface Figures {
  readonly trials: number
  readonly good: number
  readonly repeated: number
  readonly attempts: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly samples: number
}

/** JSON has no NaN, so what was none is null there. */
function figuresOf({ requests, latency, pipeline: lines }: ScenarioReport | EarlierScenario): Figures {
  if (lines !== undefined) {
    const { ledger, lanes } = lines
    const used = lanes.filter((lane) => lane.freshness.count > 0).map((lane) => lane.freshness)
    const worst = (key: 'p50Ms' | 'p99Ms') => Math.max(...used.map((one) => one[key] ?? Number.NaN))
    const delivered = ledger.deliveredOnce + ledger.deliveredMore
    return {
      trials: ledger.lines,
      good: delivered,
      repeated: ledger.deliveredMore,
      attempts: 0,
      p50Ms: used.length === 0 ? Number.NaN : worst('p50Ms'),
      p99Ms: used.length === 0 ? Number.NaN : worst('p99Ms'),
      samples: delivered,
    }
  }
  const { sent, succeeded, attempts, byAttempts } = requests
  const once = (byAttempts['0'] ?? 0) + (byAttempts['1'] ?? 0)
  const settled = Object.values(byAttempts).reduce((sum, one) => sum + one, 0)
  return {
    trials: sent,
    good: succeeded,
    repeated: Math.max(0, settled - once),
    attempts,
    p50Ms: latency.p50Ms ?? Number.NaN,
    p99Ms: latency.p99Ms ?? Number.NaN,
    samples: sent,
  }
}

function ratioChange(before: Figures, now: Figures, key: 'good' | 'repeated'): RatioChange {
  const left = { hits: Math.min(before[key], before.trials), trials: before.trials }
  const right = { hits: Math.min(now[key], now.trials), trials: now.trials }
  const [low, high] = left.hits * right.trials <= right.hits * left.trials ? [left, right] : [right, left]
  const differs =
    low.trials > 0 && high.trials > 0 && ratioUpperBound(low.hits, low.trials) < ratioLowerBound(high.hits, high.trials)
  return { before: left, now: right, differs }
}

function latencyChange(before: Figures, now: Figures): LatencyChange | undefined {
  if (![before, now].every(({ p50Ms, p99Ms, samples }) => samples > 0 && p50Ms > 0 && p99Ms > 0)) return undefined
  return {
    p50: { beforeMs: before.p50Ms, nowMs: now.p50Ms },
    p99: { beforeMs: before.p99Ms, nowMs: now.p99Ms },
    samples: { before: before.samples, now: now.samples },
  }
}

type Kinds = ReadonlyMap<string, FindingKind>

const kindsMax = 50

function findingsOf({ expectations }: ScenarioReport | EarlierScenario): Kinds {
  const kinds = new Map<string, FindingKind>()
  for (const { findings } of expectations) {
    for (const { rule, message, object } of findings) {
      // Where a config moves by a line, what is found in it stays the same.
      const key = JSON.stringify(likeness({ rule, message, ...(object === undefined ? {} : { object }) }))
      if (!kinds.has(key)) kinds.set(key, { rule, message })
    }
  }
  return kinds
}

function findingChanges(before: Kinds, now: Kinds) {
  const without = (kinds: Kinds, others: Kinds) =>
    [...kinds].flatMap(([key, kind]) => (others.has(key) ? [] : [kind])).slice(0, kindsMax)
  return { findingsNew: without(now, before), findingsGone: without(before, now) }
}
