// How often each fault of a scenario really fired: by attempts for planned faults and Envoy's dice, by injections for
// faults that act. What counts as evidence is core/fault-evidence.ts's.

import { evidenceOf, fired, reached } from '../core/fault-evidence.ts'
import type { AttemptSeen, FaultChanged, PlannedFault } from '../core/history.ts'
import type { FaultReport } from '../core/report-model.ts'
import type { FaultRecord } from '../core/scenario-record.ts'
import type { SettledRequest } from './open-requests.ts'

export type DescribeFault = (fault: FaultRecord) => string

export interface Faults {
  settled(request: SettledRequest): void
  changed(event: FaultChanged): void
  finish(): readonly FaultReport[]
}

interface Tally {
  readonly fault: FaultRecord
  fired: number
  injectedMs: number
  healedMs: number
}

export function collectFaults(faults: readonly FaultRecord[], describe: DescribeFault = describePlainly): Faults {
  const tallies = faults.map((fault): Tally => ({ fault, fired: 0, injectedMs: Infinity, healedMs: Infinity }))
  const byName = new Map(tallies.map((tally) => [tally.fault.name, tally]))
  const dice = tallies.filter((tally) => evidenceOf(tally.fault) === 'dice')
  return {
    settled({ sent, attempts }) {
      for (const { seen } of attempts) {
        if (seen === undefined) continue
        const planned = sent.plan.filter((one) => fired(one, seen))
        for (const one of planned) countPlanned(byName, one)
        if (planned.length === 0) for (const tally of dice) if (rolled(tally, seen)) tally.fired++
      }
    },
    changed(event) {
      const tally = byName.get(event.fault)
      if (tally === undefined) return
      if (event.kind === 'fault-healed') tally.healedMs = event.atMs
      else {
        tally.injectedMs = Math.min(tally.injectedMs, event.atMs)
        if (!['plan', 'dice'].includes(evidenceOf(tally.fault))) tally.fired++
      }
    },
    finish: () => tallies.map((tally) => ({ ...tally.fault, about: describe(tally.fault), fired: tally.fired })),
  }
}

function countPlanned(byName: ReadonlyMap<string, Tally>, planned: PlannedFault): void {
  const tally = byName.get(planned.fault)
  if (tally !== undefined) tally.fired++
}

/** The fault filter flagged the attempt, nobody had planned that, and it was under way while the dice rolled. */
function rolled({ fault, injectedMs, healedMs }: Tally, seen: AttemptSeen): boolean {
  const flagged = seen.flags.includes('FI') || seen.flags.includes('DI')
  return flagged && reached(fault, seen) && seen.atMs >= injectedMs && seen.startMs <= healedMs
}

function describePlainly(fault: FaultRecord): string {
  return `${fault.kind} on ${fault.target}${fault.host === undefined ? '' : `, host ${fault.host}`}`
}
