// Opens and closes the windows of acting faults in time, and heals whatever is still open when the scenario ends for
// whichever reason. Planned faults need no action: their requests carry them.

import { setTimeout as sleep } from 'node:timers/promises'
import { monotonicMs } from '../core/clock.ts'
import type { FaultKind, FaultSurface, Heal } from '../core/fault.ts'
import type { NewEvent } from '../core/history.ts'
import type { FaultRecord, ScenarioRecord } from '../core/scenario-record.ts'

export interface FaultScheduleOptions {
  readonly scenario: ScenarioRecord
  readonly kinds: readonly FaultKind[]
  readonly surface: FaultSurface
  /** Monotonic time at which the scenario starts. */
  readonly startMs: number
  readonly nowMs: () => number
  readonly emit: (event: NewEvent) => void
}

export interface FaultSchedule {
  /** Resolves when every window has opened and closed; rejects when an injection failed. */
  readonly done: Promise<void>
  /** Heals at once what is open, and opens nothing more. */
  close(): Promise<void>
}

export function runFaultSchedule(options: FaultScheduleOptions): FaultSchedule {
  const stopping = new AbortController()
  const done = Promise.all(options.scenario.faults.map((fault) => runFault(fault, options, stopping.signal))).then(
    () => {},
  )
  // The owner awaits `done` later; until then a failure must not count as unhandled.
  done.catch(() => {})
  return {
    done,
    async close() {
      stopping.abort()
      await done.catch(() => {})
    },
  }
}

async function runFault(fault: FaultRecord, options: FaultScheduleOptions, signal: AbortSignal): Promise<void> {
  const kind = options.kinds.find((candidate) => candidate.name === fault.kind)
  if (kind?.inject === undefined) return
  if (!(await until(options.startMs + fault.fromMs, signal))) return
  const heal: Heal | undefined = await kind.inject(fault, fault.config, options.surface)
  if (heal === undefined) return
  try {
    announce('fault-injected', fault, kind, options)
    await until(options.startMs + fault.untilMs, signal)
  } finally {
    await heal()
    announce('fault-healed', fault, kind, options)
  }
}

function announce(
  what: 'fault-injected' | 'fault-healed',
  fault: FaultRecord,
  kind: FaultKind,
  { scenario, nowMs, emit }: FaultScheduleOptions,
): void {
  emit({
    kind: what,
    src: 'runner',
    atMs: nowMs(),
    scenario: scenario.name,
    fault: fault.name,
    target: fault.host === undefined ? fault.target : `${fault.target} host ${fault.host}`,
    detail: kind.describe(fault.config),
  })
}

/** False when it was cut short. */
async function until(atMs: number, signal: AbortSignal): Promise<boolean> {
  const waitMs = atMs - monotonicMs()
  try {
    if (waitMs > 0) await sleep(waitMs, undefined, { signal })
    return !signal.aborted
  } catch {
    return false
  }
}
