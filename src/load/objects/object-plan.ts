// Which objects a scenario puts, and when: made before the run from the seed, so slow answers cannot slow the load down.

import { InputError } from '../../core/errors.ts'
import type { ObjectsRecord } from '../../core/scenario-record.ts'
import { planArrivals } from '../arrivals.ts'
import { objectKey } from './content-problem.ts'

export interface PlannedObject {
  /** Since the scenario's start. */
  readonly atMs: number
  /** Index into the scenario's objects. */
  readonly source: number
  /** Counts the objects of this source from 0, in the order of their times. */
  readonly index: number
}

/**
 * In the order of their times.
 * @throws InputError when two sources would put the same keys, or for too many objects
 */
export function planObjects(
  seed: string,
  scenario: string,
  sources: readonly ObjectsRecord[],
): readonly PlannedObject[] {
  refuseSharedKeys(scenario, sources)
  return sources
    .flatMap((record, source) =>
      planArrivals(record, seed, `${scenario}:objects:${source}`).map((atMs, index) => ({ atMs, source, index })),
    )
    .toSorted((left, right) => left.atMs - right.atMs)
}

function refuseSharedKeys(scenario: string, sources: readonly ObjectsRecord[]): void {
  const seen = new Set<string>()
  for (const source of sources) {
    const first = `${source.bucket}/${objectKey(source, 0)}`
    if (seen.has(first)) {
      throw new InputError(
        `scenario "${scenario}": two entries of objects put the same keys, beginning with "${first}"\n` +
          '  hint: give each a prefix or a suffix of its own',
      )
    }
    seen.add(first)
  }
}
