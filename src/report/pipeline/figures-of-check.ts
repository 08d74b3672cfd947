// One source of truth: where a scenario expects `nothing-lost`, that check has counted every line more strictly than the
// report does, so its figures stand in the ledger, all of them or none. It does not count lines that routing drops as owed.

import type { ExpectationReport } from '../../core/report-model.ts'
import type { LedgerReport, PipelineReport } from '../../core/report-pipeline.ts'

/** Field of the ledger to figure of the check (src/checks/pipeline/nothing-lost.ts). */
const figureNames = {
  lines: 'linesCount',
  deliveredOnce: 'deliveredOnceCount',
  deliveredMore: 'deliveredMoreOftenCount',
  parked: 'parkedCount',
  inFlight: 'inFlightCount',
  lost: 'lostCount',
  altered: 'alteredCount',
  unexpected: 'neverOwedCount',
} as const satisfies Partial<Record<keyof LedgerReport, string>>

export function withFiguresOf(pipeline: PipelineReport, expectations: readonly ExpectationReport[]): PipelineReport {
  const figures = expectations.find(({ check }) => check === 'nothing-lost')?.figures
  if (figures === undefined) return pipeline
  const counted = new Map<string, number>()
  for (const [field, figure] of Object.entries(figureNames)) {
    const value = figures[figure]
    if (value === undefined) return pipeline
    counted.set(field, value)
  }
  const lines = (counted.get('lines') ?? 0) + pipeline.ledger.dropped
  return {
    ...pipeline,
    ledger: { ...pipeline.ledger, ...Object.fromEntries(counted), lines, source: 'nothing-lost' },
  }
}
