// A comparison in words, for every reporter: what changed beyond chance, the most important first.

import type { RatioChange, RunComparison, ScenarioComparison } from '../core/report-comparison.ts'
import { formatMs } from '../core/units.ts'
import { formatCounted, formatRatio, verdictWords } from './format.ts'

/** From here on a latency is worth a word; below a hundred requests p99 is only the slowest one. */
const latencyRatioMin = 1.25
const latencyDifferenceMsMin = 1
const samplesMin = 100
const scenariosNamedMax = 3
const changesNamedMax = 3

export interface Change {
  readonly scenario: string
  readonly kind: 'verdict' | 'findings' | 'success' | 'attempts' | 'latency'
  /** `p99` */
  readonly what: string
  /** `24 ms → 31 ms` */
  readonly figures: string
  /** Larger is more. */
  readonly weight: number
}

/** All that is worth a word, verdicts first. */
export function changesOf({ scenarios }: RunComparison): readonly Change[] {
  const order = ['verdict', 'findings', 'success', 'attempts', 'latency']
  return scenarios
    .flatMap(changesIn)
    .sort((left, right) => order.indexOf(left.kind) - order.indexOf(right.kind) || right.weight - left.weight)
}

function changesIn(one: ScenarioComparison): readonly Change[] {
  const { name: scenario, verdict, success, repeated, attemptsPerRequest, findingsNew, findingsGone } = one
  const found = [
    ...(findingsNew.length === 0 ? [] : [`${formatCounted(findingsNew.length, 'new kind')}`]),
    ...(findingsGone.length === 0 ? [] : [`${formatCounted(findingsGone.length, 'kind')} gone`]),
  ]
  const told: readonly (Omit<Change, 'scenario'> & { readonly isTold: boolean })[] = [
    {
      isTold: verdict.before !== verdict.now,
      kind: 'verdict',
      what: 'verdict',
      figures: `${verdictWords[verdict.before].word} → ${verdictWords[verdict.now].word}`,
      weight: 1,
    },
    {
      isTold: found.length > 0,
      kind: 'findings',
      what: 'findings',
      figures: found.join(', '),
      weight: findingsNew.length + findingsGone.length,
    },
    {
      isTold: success.differs,
      kind: 'success',
      what: 'success',
      figures: ratioText(success),
      weight: distance(success),
    },
    {
      isTold: repeated.differs,
      kind: 'attempts',
      ...(attemptsPerRequest === undefined
        ? { what: 'lines delivered more than once', figures: ratioText(repeated) }
        : { what: 'attempts per request', figures: attemptsText(attemptsPerRequest) }),
      weight: distance(repeated),
    },
    {
      isTold: isWorthAWord(one),
      kind: 'latency',
      what: 'p99',
      figures: latencyText(one, 'p99'),
      weight: p99Factor(one),
    },
  ]
  return told.flatMap(({ isTold, ...change }) => (isTold ? [{ scenario, ...change }] : []))
}

export function attemptsText({ before, now }: { readonly before: number; readonly now: number }): string {
  const text = (value: number) => (Number.isFinite(value) ? value.toFixed(2) : '–')
  return `${text(before)} → ${text(now)}`
}

export function latencyText({ latency }: ScenarioComparison, which: 'p50' | 'p99'): string {
  return latency === undefined ? '–' : `${formatMs(latency[which].beforeMs)} → ${formatMs(latency[which].nowMs)}`
}

/** `98.1 % → 91 %` */
export function ratioText({ before, now }: RatioChange): string {
  const of = ({ hits, trials }: RatioChange['before']) => (trials === 0 ? '–' : formatRatio(hits / trials))
  return `${of(before)} → ${of(now)}`
}

const distance = ({ before, now }: RatioChange): number =>
  Math.abs(before.hits / Math.max(1, before.trials) - now.hits / Math.max(1, now.trials))

function p99Factor({ latency }: ScenarioComparison): number {
  if (latency === undefined) return 1
  const { beforeMs, nowMs } = latency.p99
  return Math.max(beforeMs / nowMs, nowMs / beforeMs)
}

function isWorthAWord(one: ScenarioComparison): boolean {
  const { latency } = one
  if (latency === undefined || Math.min(latency.samples.before, latency.samples.now) < samplesMin) return false
  const { beforeMs, nowMs } = latency.p99
  return p99Factor(one) >= latencyRatioMin && Math.abs(nowMs - beforeMs) >= latencyDifferenceMsMin
}

/** One line: `1 verdict changed; a: passed → failed, p99 24 ms → 31 ms; b: ...`, at most three scenarios. */
export function comparisonSentence(comparison: RunComparison): string {
  const changes = changesOf(comparison)
  if (changes.length === 0) return 'no verdict changed, nothing else beyond chance'
  const verdicts = changes.filter(({ kind }) => kind === 'verdict').length
  // In the order of the changes, so that the most important scenario comes first.
  const byScenario = [...Map.groupBy(changes, ({ scenario }) => scenario)]
  const named = byScenario.slice(0, scenariosNamedMax).map(([scenario, own]) => {
    const shown = own
      .slice(0, changesNamedMax)
      .map(({ kind, what, figures }) => (kind === 'verdict' ? figures : `${what} ${figures}`))
    return `${scenario}: ${shown.join(', ')}${own.length > shown.length ? ', …' : ''}`
  })
  const more = byScenario.length - named.length
  return [
    ...(verdicts === 0 ? [] : [`${formatCounted(verdicts, 'verdict')} changed`]),
    ...named,
    ...(more > 0 ? [`${formatCounted(more, 'more scenario')} in the report`] : []),
  ].join('; ')
}

/** What a reader must know of how it was compared. */
export function comparisonNote(comparison: RunComparison, seed: string): string {
  const parts = [
    comparison.seed === seed ? 'the same seed' : `another seed (${comparison.seed})`,
    'ratios are told where their exact bounds do not overlap, latencies as they are: two runs of the same thing differ in them',
    ...(comparison.onlyNow.length === 0
      ? []
      : [`${formatCounted(comparison.onlyNow.length, 'scenario')} not in that run`]),
    ...(comparison.onlyBefore.length === 0
      ? []
      : [`${formatCounted(comparison.onlyBefore.length, 'scenario')} only in that run`]),
  ]
  return parts.join('; ')
}
