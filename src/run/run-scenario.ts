// One scenario in a running environment: counters, load under faults, heal, drain, counters. Everything that happens goes
// into the history through `emit`; nothing is judged here.

import { monotonicMs } from '../core/clock.ts'
import type { FaultKind } from '../core/fault.ts'
import type { NewEvent } from '../core/history.ts'
import type { ScenarioRecord } from '../core/scenario-record.ts'
import { runFaultSchedule } from './fault-schedule.ts'
import type { RunEnvironment, RunGenerator, RunRequest } from './parts.ts'
import type { Settling } from './settled.ts'

export interface ScenarioRun {
  readonly record: ScenarioRecord
  readonly environment: RunEnvironment
  readonly generator: RunGenerator
  readonly faultKinds: readonly FaultKind[]
  readonly requests: readonly RunRequest[]
  /** Monotonic time of the scenario's first moment. */
  readonly startMs: number
  readonly originMs: number
  readonly settling: Settling
  readonly emit: (event: NewEvent) => void
  /** Resolves with the next event of any kind; the drain waits on it. */
  readonly nextEvent: (limitMs: number) => Promise<void>
  /** Its abort heals at once and skips the wait for logs: nothing will be concluded from them. */
  readonly signal: AbortSignal
}

/** How long logs may take to come in after the last answer. What is missing then, the checks will say. */
const drainLimitMs = 2_000

export async function runScenario(run: ScenarioRun): Promise<void> {
  const { record, environment, generator, emit, startMs } = run
  const nowMs = () => monotonicMs() - run.originMs
  const scenario = record.name
  const { egressPort } = environment.place(scenario)
  await environment.readCounters(scenario, 'before')
  emit({
    kind: 'scenario-started',
    src: 'runner',
    atMs: startMs - run.originMs,
    scenario,
    configChanges: environment.changes(scenario),
    environmentReadyMs: environment.readyMs,
  })
  const faults = runFaultSchedule({
    scenario: record,
    kinds: run.faultKinds,
    surface: environment.surface(scenario),
    startMs,
    nowMs,
    emit,
  })
  const cutShort = () => void faults.close()
  run.signal.addEventListener('abort', cutShort)
  try {
    await generator.run({
      scenario,
      target: { address: '127.0.0.1', port: egressPort },
      startMs,
      requests: run.requests,
    })
    await faults.done
  } finally {
    run.signal.removeEventListener('abort', cutShort)
    await faults.close()
  }
  await drain(run)
  await environment.flushLogs()
  await environment.readCounters(scenario, 'after')
  emit({ kind: 'scenario-ended', src: 'runner', atMs: nowMs(), scenario })
}

async function drain({ settling, nextEvent, signal }: ScenarioRun): Promise<void> {
  const deadlineMs = monotonicMs() + drainLimitMs
  while (settling.missing() !== undefined && !signal.aborted) {
    const leftMs = deadlineMs - monotonicMs()
    if (leftMs <= 0) return
    await nextEvent(leftMs)
  }
}
