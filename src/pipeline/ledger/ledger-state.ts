// What the ledger says about a history: figures over all lines, the lines that are not as they should be, and the path of
// any line.

import type { LineRange } from '../../core/history.ts'
import type { TimelineRow } from '../../core/verdict.ts'

/**
 * What became of a line that was owed. A line that was delivered counts as delivered, even if an item in the
 * ErrorTaskTable names it too.
 */
export type LineFate = 'delivered once' | 'delivered more often' | 'parked' | 'in flight' | 'lost'

/** Lines of one object with the same fate, side by side. */
export interface LineRun extends LineRange {
  readonly object: string
}

/** A delivery that nobody was owed. */
export interface Stray extends LineRun {
  readonly why: 'altered' | 'dropped by routing' | 'unknown object' | 'beyond the last line' | 'no parser can read it'
  /** When it was delivered. */
  readonly atMs: number
}

export interface Path {
  /** The hops and what follows from them, in one sentence. */
  readonly sentence: string
  readonly timeline: readonly TimelineRow[]
}

export interface LedgerState {
  /** Objects that S3 took, those among them that routing drops, and puts that failed. */
  readonly objects: number
  readonly dropped: number
  readonly failedPuts: number
  /** Lines that are owed: delivered once, more often, parked, in flight and lost sum up to it. */
  readonly lines: number
  readonly deliveredOnce: number
  readonly deliveredMoreOften: number
  readonly parked: number
  readonly inFlight: number
  readonly lost: number
  /** Deliveries beyond the first of their line. */
  readonly extraDeliveries: number
  /** Lines that were delivered and are parked all the same: a drain will deliver them again. */
  readonly deliveredAndParked: number
  readonly altered: number
  readonly neverOwed: number
  /** At most 1000 each, in the order of the puts. */
  readonly lostRuns: readonly LineRun[]
  readonly inFlightRuns: readonly (LineRun & { readonly why: string })[]
  readonly doubledRuns: readonly LineRun[]
  readonly strays: readonly Stray[]
  /** Undefined for lines that nobody owes. */
  fate(object: string, line: number): LineFate | undefined
  path(object: string, line: number): Path
}
