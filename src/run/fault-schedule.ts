// Opens and closes the windows of acting faults in time, and heals whatever is still open when the scenario ends for
// whichever reason. Planned faults need no action: their requests carry them.

import type { FaultKind, Heal } from '../core/fault.ts'
import type { NewEvent } from '../core/history.ts'
import type { FaultRecord, ScenarioRecord } from '../core/scenario-record.ts'
import { until } from '../core/until.ts'

export interface FaultScheduleOptions {
  readonly scenario: ScenarioRecord
  readonly kinds: readonly FaultKind[]
  /** How a kind acts where this scenario runs; `undefined` when it only plans. */
  readonly actOf: (kind: FaultKind, fault: FaultRecord) => (() => Promise<Heal | undefined>) | undefined
  /** Monotonic time at which the scenario starts. */
  readonly startMs: number
  readonly nowMs: () => number
  readonly emit: (event: NewEvent) => void
  /** Its abort heals what is open and opens nothing more. */
  readonly signal: AbortSignal
}

export interface FaultSchedule {
  /** Resolves when every window has opened and closed; rejects as soon as an injection or a heal failed. */
  readonly done: Promise<void>
  /** Heals what is open, and opens nothing more. Resolves when all is healed, or could not be. */
  close(): Promise<void>
}

export function runFaultSchedule(options: FaultScheduleOptions): FaultSchedule {
  const stopping = new AbortController()
  const stop = () => stopping.abort()
  if (options.signal.aborted) stop()
  options.signal.addEventListener('abort', stop)
  const windows = options.scenario.faults.map((fault) => runFault(fault, options, stopping.signal))
  const done = Promise.all(windows).then(() => {})
  // The owner awaits `done` later; until then a failure must not count as unhandled.
  done.catch(() => {})
  return {
    done,
    async close() {
      stop()
      options.signal.removeEventListener('abort', stop)
      // Not `done`: it rejects at the first failure, while other windows are still being healed.
      await Promise.allSettled(windows)
    },
  }
}

async function runFault(fault: FaultRecord, options: FaultScheduleOptions, signal: AbortSignal): Promise<void> {
  const kind = options.kinds.find((candidate) => candidate.name === fault.kind)
  const inject = kind === undefined ? undefined : options.actOf(kind, fault)
  if (kind === undefined || inject === undefined) return
  if (!(await until(options.startMs + fault.fromMs, signal))) return
  // The window is the widest that is sure: harm may begin as soon as it is ordered, and is over when the heal is.
  const beganMs = options.nowMs()
  const heal: Heal | undefined = await inject()
  if (heal === undefined) return
  try {
    announce('fault-injected', beganMs, fault, kind, options)
    await until(options.startMs + fault.untilMs, signal)
  } finally {
    await heal()
    announce('fault-healed', options.nowMs(), fault, kind, options)
  }
}

function announce(
  what: 'fault-injected' | 'fault-healed',
  atMs: number,
  fault: FaultRecord,
  kind: FaultKind,
  { scenario, emit }: FaultScheduleOptions,
): void {
  emit({
    kind: what,
    src: 'runner',
    atMs,
    scenario: scenario.name,
    fault: fault.name,
    target: fault.host === undefined ? fault.target : `${fault.target} host ${fault.host}`,
    detail: kind.describe(fault.config),
  })
}
