// What an operator did, and what stands or stood in the ErrorTaskTable, by its error.

import type { HistoryEvent } from '../../core/history.ts'
import type { OperationReport, ParkedReport } from '../../core/report-pipeline.ts'

const operationsMax = 200
const errorsMax = 200
const errorsShown = 20
const itemsMax = 200_000

export interface Operations {
  observe(event: HistoryEvent, sinceStartMs: number): void
  finish(): { readonly operations: readonly OperationReport[]; readonly parked: readonly ParkedReport[] }
}

export function collectOperations(): Operations {
  const operations: OperationReport[] = []
  const errors = new Map<string, { items: number; drained: number }>()
  const errorOf = new Map<string, string>()
  return {
    observe(event, atMs) {
      if (event.kind === 'operator-acted') {
        const { action, detail, values = {} } = event
        if (operations.length < operationsMax) operations.push({ atMs, action, detail, values })
      } else if (event.kind === 'item-parked') {
        const error = wordsOf(event.error)
        const tally = errors.get(error) ?? { items: 0, drained: 0 }
        if (errors.has(error) || errors.size < errorsMax) errors.set(error, tally)
        if (!errorOf.has(event.item)) tally.items++
        if (errorOf.size < itemsMax) errorOf.set(event.item, error)
      } else if (event.kind === 'item-drained') {
        const tally = errors.get(errorOf.get(event.item) ?? '')
        if (tally !== undefined) tally.drained++
        errorOf.delete(event.item)
      }
    },
    finish: () => ({
      operations,
      parked: [...errors]
        .map(([error, counts]) => ({ error, ...counts }))
        .sort((left, right) => right.items - left.items)
        .slice(0, errorsShown),
    }),
  }
}

/** Errors that differ in numbers only are one kind. */
const wordsOf = (error: string): string => error.replace(/\d+/g, '#').slice(0, 200) || 'without a reason'
