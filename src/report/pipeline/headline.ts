// The few words and figures with which every reporter sums up a pipeline's scenario.

import type { LedgerReport, PipelineReport } from '../../core/report-pipeline.ts'
import { formatMs } from '../../core/units.ts'
import { formatCount, formatCounted } from '../format.ts'
import { ends, endWords } from './words.ts'

export interface Headline {
  readonly deliveredLines: number
  /** Of the slower lane; not a number where nothing was delivered. */
  readonly p50Ms: number
  readonly p99Ms: number
}

export function headline({ ledger, lanes }: PipelineReport): Headline {
  const used = lanes.filter(({ freshness }) => freshness.count > 0)
  const worst = (key: 'p50Ms' | 'p99Ms'): number =>
    used.length === 0 ? Number.NaN : Math.max(...used.map(({ freshness }) => freshness[key]))
  return { deliveredLines: ledger.deliveredOnce + ledger.deliveredMore, p50Ms: worst('p50Ms'), p99Ms: worst('p99Ms') }
}

/** `1,200 lines of 40 objects: 1,150 delivered once, 30 parked, 20 lost` */
export function ledgerSentence(ledger: LedgerReport): string {
  const of = `${formatCounted(ledger.lines, 'line')} of ${formatCounted(ledger.objects, 'object')}`
  const parts = ends.filter((end) => ledger[end] > 0).map((end) => `${formatCount(ledger[end])} ${endWords[end].word}`)
  return parts.length === 0 ? of : `${of}: ${parts.join(', ')}`
}

/** `fast: 380 records, freshness p99 1.20 s, backlog up to 14` for every lane that was used. */
export function laneSentences({ lanes }: PipelineReport): readonly string[] {
  return lanes
    .filter(({ records, deliveredLines }) => records > 0 || deliveredLines > 0)
    .map(({ lane, records, freshness, backlogMax }) => {
      const fresh =
        freshness.count === 0
          ? 'nothing delivered'
          : `freshness p50 ${formatMs(freshness.p50Ms)}, p99 ${formatMs(freshness.p99Ms)}`
      return `${lane}: ${formatCounted(records, 'record')}, ${fresh}, backlog up to ${formatCount(backlogMax)}`
    })
}

/** `main timed out 3 times`-like facts: what failed in the functions, the most frequent first. */
export function failureSentence({ functions }: PipelineReport): string | undefined {
  const failed = functions
    .flatMap(({ function: role, failures }) =>
      Object.entries(failures).map(([error, count]) => ({ role, error, count })),
    )
    .sort((left, right) => right.count - left.count)
  if (failed.length === 0) return undefined
  return failed
    .slice(0, 6)
    .map(({ role, error, count }) => `${role} ${formatCount(count)} × ${error}`)
    .join(', ')
}
