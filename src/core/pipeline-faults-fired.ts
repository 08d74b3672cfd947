// Whether every fault of a pipeline's scenario really fired; one that never did makes whatever else was seen worthless as
// proof, so the scenario is inconclusive. A planned fault shows its name on a call or an invocation, an acting one says so by
// its injection, and at least one call or put must have been under way while it lasted.

import type { HistoryEvent } from './history.ts'
import type { FaultRecord, PipelineScenario } from './scenario-record.ts'

export interface PipelineFaultsFired {
  observe(event: HistoryEvent): void
  /** One sentence for each fault that never fired. */
  problems(): string[]
}

/** The scenario's fault that an event's `fault` means: its name, alone or with an experiment behind a colon. */
export function isFault(fault: Pick<FaultRecord, 'name'>, told: string | undefined): boolean {
  return told !== undefined && (told === fault.name || told.startsWith(`${fault.name}:`))
}

export function pipelineFaultsFired({ faults }: Pick<PipelineScenario, 'faults'>): PipelineFaultsFired {
  const folds = faults.map(followFault)
  return {
    observe(event) {
      for (const fold of folds) fold.observe(event)
    },
    problems: () => folds.flatMap(({ problem }) => problem() ?? []),
  }
}

function followFault(fault: FaultRecord) {
  const windows: { readonly fromMs: number; untilMs: number }[] = []
  let fired = false
  return {
    observe(event: HistoryEvent): void {
      if (fired) return
      switch (event.kind) {
        case 'fault-injected':
          if (event.fault === fault.name) windows.push({ fromMs: event.atMs, untilMs: Number.POSITIVE_INFINITY })
          break
        case 'fault-healed': {
          const open = windows.findLast(({ untilMs }) => untilMs === Number.POSITIVE_INFINITY)
          if (event.fault === fault.name && open !== undefined) open.untilMs = event.atMs
          break
        }
        case 'aws-called':
          fired =
            isFault(fault, event.fault) ||
            windows.some(({ fromMs, untilMs }) => event.startMs <= untilMs && event.atMs >= fromMs)
          break
        case 'object-put':
          fired = windows.some(({ fromMs, untilMs }) => event.intendedMs <= untilMs && event.atMs >= fromMs)
          break
        case 'function-invoked':
        case 'function-failed':
          fired = isFault(fault, event.fault)
          break
      }
    },
    problem(): string | undefined {
      if (fired) return undefined
      return windows.length === 0
        ? `fault "${fault.name}" never fired: no call and no invocation met it, and it was never injected`
        : `fault "${fault.name}" hit nothing: no call and no put was under way while it lasted`
    },
  }
}
